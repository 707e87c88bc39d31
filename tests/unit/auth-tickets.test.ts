import { describe, expect, test } from 'vitest'
import { admit, chooseProtocol } from '#parley/server/auth/admission.ts'
import { createTickets } from '#parley/server/auth/tickets.ts'
import type { TicketGrant } from '#parley/server/auth/tickets.ts'
import { createManualClock } from '#parley/tests/helpers/manual-clock.ts'

const grantOf = (user: string, login: string, via: 'cookie' | 'bearer' = 'cookie'): TicketGrant =>
  ({ account: { id: user, username: user, displayName: user, role: 'member' }, login, via })

function setup() {
  const clock = createManualClock()
  return { clock, tickets: createTickets(clock) }
}

describe('tickets', () => {
  test('[A1] 256 random bits, taken once', () => {
    const { tickets } = setup()
    const token = tickets.mint(grantOf('ann', 'l1'))!
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    expect(tickets.take(token)?.account.id).toBe('ann')
    expect(tickets.take(token)).toBeUndefined()
    expect(tickets.take('')).toBeUndefined()
  })

  test('[A1] good for 30 s, then swept', async () => {
    const { clock, tickets } = setup()
    const early = tickets.mint(grantOf('ann', 'l1'))!
    await clock.advance(29_999)
    const late = tickets.mint(grantOf('ann', 'l1'))!
    await clock.advance(1)
    expect(tickets.take(early)).toBeUndefined()
    expect(tickets.take(late)).toBeDefined()
    tickets.mint(grantOf('ann', 'l1'))
    await clock.advance(30_000)
    tickets.mint(grantOf('bob', 'l2'))
    expect(tickets.size).toBe(1)
  })

  test('[A5] unused tickets of a revoked login die with it, others live', () => {
    const { tickets } = setup()
    const [gone, kept] = [tickets.mint(grantOf('ann', 'l1'))!, tickets.mint(grantOf('ann', 'l2'))!]
    tickets.revoke({ login: 'l1' })
    expect(tickets.take(gone)).toBeUndefined()
    expect(tickets.take(kept)).toBeDefined()
  })

  test('[A5] a revocation also meets a request and an upgrade that are under way', async () => {
    const { clock, tickets } = setup()
    const taken = tickets.take(tickets.mint(grantOf('ann', 'l1'))!)!
    tickets.revoke({ login: 'l1' })
    expect(tickets.stands(taken)).toBe(false)
    expect(tickets.mint(grantOf('ann', 'l1'))).toBeUndefined()
    await clock.advance(60_001)
    expect(tickets.mint(grantOf('bob', 'l2'))).toBeDefined()
  })

  test('[A5] a disabled user has none until reinstated', () => {
    const { tickets } = setup()
    tickets.revoke({ user: 'ann' })
    expect(tickets.mint(grantOf('ann', 'l1'))).toBeUndefined()
    tickets.reinstate('ann')
    expect(tickets.mint(grantOf('ann', 'l1'))).toBeDefined()
  })
})

describe('admission', () => {
  function ask(header: Record<string, string>, options: { via?: 'cookie' | 'bearer', token?: string, query?: string, room?: boolean } = {}) {
    const { tickets } = setup()
    const token = options.token ?? tickets.mint(grantOf('ann', 'l1', options.via))!
    const values: Record<string, string> = { host: 'chat.example.com', ...header }
    const request = { url: `http://x y/_ws?token=${token}${options.query ?? ''}`, header: (name: string) => values[name] }
    return { admission: admit(request, { tickets, allowedOrigins: ['https://app.example.com'], mayTry: () => true, hasRoom: () => options.room ?? true }), tickets }
  }
  const own = { origin: 'https://chat.example.com' }

  test('[A3] own and listed origins get a seat', () => {
    expect(ask(own).admission).toMatchObject({ ok: true, seat: { kind: 'seat', forwardedHost: false } })
    expect(ask({ origin: 'https://app.example.com' }).admission).toMatchObject({ ok: true, seat: { kind: 'seat' } })
  })

  test('[A3] a foreign origin is refused before the ticket is looked at', () => {
    const { admission, tickets } = ask({ origin: 'https://evil.io' })
    expect(admission).toEqual({ ok: false, status: 403 })
    expect(tickets.size).toBe(1)
    expect(ask({ origin: 'null' }).admission).toEqual({ ok: false, status: 403 })
  })

  test('[A3] a forwarded host is remembered, to be believed only of a trusted proxy', () => {
    const proxied = { 'host': '127.0.0.1:3000', 'x-forwarded-host': 'chat.example.com', ...own }
    expect(ask(proxied).admission).toMatchObject({ ok: true, seat: { kind: 'seat', forwardedHost: true } })
  })

  test('[A3, X3] without Origin only a ticket minted by bearer token opens', () => {
    expect(ask({}, { via: 'cookie' }).admission).toEqual({ ok: false, status: 403 })
    expect(ask({}, { via: 'bearer' }).admission).toMatchObject({ ok: true, seat: { kind: 'seat' } })
    expect(ask({}, { token: 'unknown' }).admission).toEqual({ ok: true, seat: { kind: 'close', code: 4401 } })
  })

  test('[A2] a bad ticket is told after the upgrade', () => {
    expect(ask(own, { token: 'unknown' }).admission).toEqual({ ok: true, seat: { kind: 'close', code: 4401 } })
    expect(ask(own, { token: '' }).admission).toEqual({ ok: true, seat: { kind: 'close', code: 4401 } })
  })

  test('[A4, L5] no room: 503, and the ticket stays good', () => {
    const { admission, tickets } = ask(own, { room: false })
    expect(admission).toEqual({ ok: false, status: 503 })
    expect(tickets.size).toBe(1)
  })

  test('[T1] appname is cut to 32 characters and cleaned', () => {
    const { admission } = ask(own, { query: `&appname=${encodeURIComponent('\u0007\u{1F600}'.repeat(40))}` })
    expect(admission).toMatchObject({ seat: { appname: '\u{1F600}'.repeat(32) } })
    expect(ask(own, { query: '&appname=%ff%00' }).admission).toMatchObject({ ok: true, seat: { kind: 'seat' } })
    expect(ask(own).admission).toMatchObject({ seat: { appname: '' } })
  })

  test('[T2] only unknown versions: accepted, to be closed 4505', () => {
    expect(ask({ ...own, 'sec-websocket-protocol': 'parley.v9, parley.v8' }).admission).toEqual({ ok: true, seat: { kind: 'close', code: 4505 } })
    expect(ask({ ...own, 'sec-websocket-protocol': 'parley.v9, parley.v1' }).admission).toMatchObject({ seat: { kind: 'seat' } })
    expect(chooseProtocol(new Set(['parley.v9', 'parley.v1']))).toBe('parley.v1')
    expect(chooseProtocol(new Set(['parley.v9', 'parley.v8']))).toBe('parley.v9')
    expect(chooseProtocol(new Set())).toBe(false)
  })
})
