import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { LoginsResponse } from '#parley/shared/http.ts'
import { goodPassword, HttpClient, newUser } from '#parley/tests/helpers/http-client.ts'
import { newCid, sendText } from '#parley/tests/helpers/op-frames.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'
import { connect, dial, refusedStatus } from '#parley/tests/helpers/socket-client.ts'
import type { SocketClient } from '#parley/tests/helpers/socket-client.ts'

/** Tickets, origins, caps and the end of log-ins on real sockets (T1, A1–A6). */

let server: ServerProcess
let admin: Awaited<ReturnType<typeof newUser>>
let ann: Awaited<ReturnType<typeof newUser>>

beforeAll(async () => {
  server = await startServer()
  admin = await newUser(server.url, 'admin')
  ann = await newUser(server.url, 'ann')
})
afterAll(() => server.dispose())

/** How a socket closed, and that it took less than the 2 s of A5. */
async function closedSoon(socket: SocketClient, since: number): Promise<number> {
  const { code } = await socket.closed
  expect(Date.now() - since).toBeLessThan(2_000)
  return code
}

describe('tickets', () => {
  test('[A1] a ticket opens one socket, which is welcomed as its user', async () => {
    const answer = await ann.call<{ token: string, expiresIn: number }>('POST', '/api/ws/ticket')
    expect([answer.status, answer.body.expiresIn]).toEqual([201, 30])
    expect(Buffer.from(answer.body.token, 'base64url')).toHaveLength(32)
    const socket = dial(server.url, { token: answer.body.token })
    expect(await socket.next('welcome')).toMatchObject({ protocol: 1, user: { id: ann.account.id, username: 'ann' } })
    await socket.close()
  })

  test.each([['missing', ''], ['unknown', 'AAAA'], ['malformed', '%ff%00']])('[A2] a %s ticket: accepted, then 4401', async (_name, token) => {
    const socket = dial(server.url, { token })
    await socket.opened
    expect(await socket.closed).toEqual({ code: 4401, reason: 'bad_ticket' })
    expect(socket.frames).toEqual([])
  })

  test('[A2, F50] a used ticket: 4401', async () => {
    const token = await ann.ticket()
    const first = dial(server.url, { token })
    await first.next('welcome')
    expect((await dial(server.url, { token }).closed).code).toBe(4401)
    await first.close()
  })

  test('[X6] of two parallel upgrades with one ticket exactly one is welcomed', async () => {
    for (let round = 0; round < 10; round++) {
      const token = await ann.ticket()
      const sockets = [1, 2, 3].map(() => dial(server.url, { token }))
      const outcomes = await Promise.all(sockets.map(socket => Promise.race([socket.next('welcome').then(() => 'welcome', () => 'closed'), socket.closed.then(({ code }) => String(code))])))
      expect(outcomes.filter(outcome => outcome === 'welcome')).toHaveLength(1)
      await Promise.all(sockets.map(socket => socket.close()))
    }
  })

  test('[X4] a cookie alone opens nothing', async () => {
    expect((await dial(server.url, { headers: { cookie: ann.cookie } }).closed).code).toBe(4401)
  })

  test('[T1] appname labels the connection in the list of devices', async () => {
    const socket = await connect(ann, { query: `&appname=${encodeURIComponent('手机'.repeat(40))}` })
    const { logins } = await ann.need<LoginsResponse>('GET', '/api/me/connections')
    expect(logins.find(login => login.current)?.connections.map(connection => connection.appname)).toEqual(['手机'.repeat(16)])
    await socket.close()
  })
})

describe('origins', () => {
  test.each(['https://evil.io', 'null', 'http://127.0.0.1', 'http://localhost:1'])('[A3, X2] %s is refused with 403, and the ticket stays good', async (origin) => {
    const token = await ann.ticket()
    expect(await refusedStatus(dial(server.url, { token, origin }))).toBe(403)
    const socket = dial(server.url, { token })
    await socket.next('welcome')
    await socket.close()
  })

  test('[A3, X3] without origin a cookie-minted ticket is refused, a bearer-minted one opens', async () => {
    expect(await refusedStatus(dial(server.url, { token: await ann.ticket(), origin: undefined }))).toBe(403)
    const { token: bearer } = await ann.need<{ token: string }>('POST', '/api/me/tokens', { name: 'bot' })
    const answer = await new HttpClient(server.url).call<{ token: string }>('POST', '/api/ws/ticket', undefined, { authorization: `Bearer ${bearer}`, origin: '' })
    const socket = dial(server.url, { token: answer.body.token, origin: undefined })
    await socket.next('welcome')
    await socket.close()
  })

  test('[A3] the forwarded host counts from a trusted proxy only', async () => {
    const forwarded = { origin: 'https://chat.example.com', headers: { 'x-forwarded-host': 'chat.example.com' } }
    const socket = dial(server.url, { token: await ann.ticket(), ...forwarded })
    await socket.next('welcome')
    await socket.close()
    const strict = await startServer({ env: { NUXT_TRUST_PROXY: 'none' } })
    onTestFinished(() => strict.dispose())
    const bob = await newUser(strict.url, 'bob')
    const refused = dial(strict.url, { token: await bob.ticket(), ...forwarded })
    expect((await refused.closed).code).toBe(1008)
    expect(refused.frames).toEqual([])
  })
})

describe('caps', () => {
  test('[A4, X19] over the per-user cap the newcomer gets 4506 while all others are alive', async () => {
    const own = await startServer({ env: { NUXT_MAX_CONNECTIONS_PER_USER: '2' } })
    onTestFinished(() => own.dispose())
    const bob = await newUser(own.url, 'bob')
    const sockets = [await connect(bob), await connect(bob)]
    expect((await dial(own.url, { token: await bob.ticket() }).closed).code).toBe(4506)
    await sockets[0]!.close()
    await (await connect(bob)).close()
    await sockets[1]!.close()
  })

  test('[A4, X19, X20] over the per-address cap: 503 before the upgrade; loopback has none', async () => {
    const own = await startServer({ env: { NUXT_MAX_CONNECTIONS_PER_IP: '2' } })
    onTestFinished(() => own.dispose())
    const bob = await newUser(own.url, 'bob')
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })
    const held = [await connect(bob, from('198.51.100.7')), await connect(bob, from('198.51.100.7')), await connect(bob), await connect(bob), await connect(bob), await connect(bob, from('198.51.100.8'))]
    expect(await refusedStatus(dial(own.url, { token: await bob.ticket(), ...from('6.6.6.6, 198.51.100.7') }))).toBe(503)
    // What only the server itself may say of a peer.
    expect(await refusedStatus(dial(own.url, { token: await bob.ticket(), headers: { 'x-forwarded-for': '198.51.100.7', 'x-parley-peer': '198.51.100.9' } }))).toBe(503)
    await Promise.all(held.map(socket => socket.close()))
  })

  test('[A4, X19] over the total cap: 503 before the upgrade', async () => {
    const own = await startServer({ env: { NUXT_MAX_CONNECTIONS: '1' } })
    onTestFinished(() => own.dispose())
    const bob = await newUser(own.url, 'bob')
    const held = await connect(bob)
    expect(await refusedStatus(dial(own.url, { token: await bob.ticket() }))).toBe(503)
    await held.close()
  })
})

describe('the end of a log-in', () => {
  /** A user with two log-ins and a socket on each. */
  async function twoDevices(username: string) {
    const desk = await newUser(server.url, username)
    const phone = new HttpClient(server.url)
    await phone.need('POST', '/api/auth/login', { username, password: goodPassword })
    return { desk, phone, deskSocket: await connect(desk), phoneSocket: await connect(phone) }
  }

  test('[A5, F52] revoked from another device: 4504 within 2 s, unused tickets die, the rest stays', async () => {
    const { desk, phone, deskSocket, phoneSocket } = await twoDevices('bea')
    const ticket = await phone.ticket()
    const { logins } = await desk.need<LoginsResponse>('GET', '/api/me/connections')
    const since = Date.now()
    await desk.need('DELETE', `/api/me/logins/${logins.find(login => !login.current)!.id}`)
    expect(await closedSoon(phoneSocket, since)).toBe(4504)
    expect((await dial(server.url, { token: ticket }).closed).code).toBe(4401)
    expect((await phone.call('POST', '/api/ws/ticket')).status).toBe(401)
    deskSocket.send({ type: 'ping' })
    await deskSocket.next('pong')
    await deskSocket.close()
  })

  test('[A5] a new password: every other log-in 4504, the one that changed it stays', async () => {
    const { desk, deskSocket, phoneSocket } = await twoDevices('cid')
    const since = Date.now()
    await desk.need('POST', '/api/me/password', { current: goodPassword, password: 'roses in december' })
    expect(await closedSoon(phoneSocket, since)).toBe(4504)
    deskSocket.send({ type: 'ping' })
    await deskSocket.next('pong')
    await deskSocket.close()
  })

  test('[A5] a disabled user: 4503 everywhere within 2 s, and no new ticket', async () => {
    const { desk, deskSocket, phoneSocket } = await twoDevices('dan')
    const ticket = await desk.ticket()
    const since = Date.now()
    await admin.need('PATCH', `/api/admin/users/${desk.account.id}`, { disabled: true })
    expect([await closedSoon(deskSocket, since), await closedSoon(phoneSocket, since)]).toEqual([4503, 4503])
    expect((await dial(server.url, { token: ticket }).closed).code).toBe(4401)
    expect((await desk.call('POST', '/api/ws/ticket')).status).toBe(401)
  })

  test('[A5, X14] log-out closes what is still open on that log-in', async () => {
    const { desk, deskSocket, phoneSocket } = await twoDevices('eli')
    const since = Date.now()
    await desk.need('POST', '/api/auth/logout')
    expect(await closedSoon(deskSocket, since)).toBe(4504)
    phoneSocket.send({ type: 'ping' })
    await phoneSocket.next('pong')
    await phoneSocket.close()
  })

  test('[A5] a revoked API token closes its sockets, and only those', async () => {
    const fay = await newUser(server.url, 'fay')
    const { token, id } = await fay.need<{ token: string, id: string }>('POST', '/api/me/tokens', { name: 'bot' })
    const ticket = await new HttpClient(server.url).call<{ token: string }>('POST', '/api/ws/ticket', undefined, { authorization: `Bearer ${token}`, origin: '' })
    const bot = dial(server.url, { token: ticket.body.token, origin: undefined })
    await bot.next('welcome')
    const own = await connect(fay)
    const since = Date.now()
    await fay.need('DELETE', `/api/me/tokens/${id}`)
    expect(await closedSoon(bot, since)).toBe(4504)
    own.send({ type: 'ping' })
    await own.next('pong')
    await own.close()
  })

  test('[R14] nothing is refreshed on a live socket; a log-in that ends in the middle of a batch loses and doubles nothing', async () => {
    const { phone, deskSocket, phoneSocket } = await twoDevices('gil')
    const { id: room } = await phone.group('room')
    const ops = Array.from({ length: 60 }, (_, n) => sendText(room, `n${n}`))
    phoneSocket.send(...ops)
    // New tickets, as many as a client may fetch, change nothing for the socket that is open.
    await Promise.all([phone.ticket(), phone.ticket()])
    await phoneSocket.next('ack')
    await phone.need('POST', '/api/auth/logout')
    expect((await phoneSocket.closed).code).toBe(4504)
    await phone.need('POST', '/api/auth/login', { username: 'gil', password: goodPassword })
    const next = await connect(phone)
    next.send(...ops)
    const seqs: number[] = []
    for (const op of ops) seqs.push((await next.next('ack', ack => ack.cid === op.cid)).seq)
    expect(seqs).toEqual(seqs.map((_, n) => seqs[0]! + n))
    for (const frame of phoneSocket.frames) if (frame.type === 'ack') expect(frame.seq).toBe(seqs[ops.findIndex(op => op.cid === frame.cid)])
    await Promise.all([next.close(), deskSocket.close()])
  })

  test('[A5, F54] a ticket taken just before the revocation does not leave a socket behind', async () => {
    for (let round = 0; round < 10; round++) {
      const phone = new HttpClient(server.url)
      await phone.need('POST', '/api/auth/login', { username: 'ann', password: goodPassword })
      const socket = dial(server.url, { token: await phone.ticket() })
      await phone.need('POST', '/api/auth/logout')
      expect([4401, 4504]).toContain((await socket.closed).code)
    }
  })
})

test('[A6, X7, X37] no ticket, password, cookie, token or message text is in the log, at its most talkative', async () => {
  const own = await startServer({ env: { NUXT_LOG_LEVEL: 'debug', NUXT_MAX_CONNECTIONS_PER_USER: '1' } })
  onTestFinished(() => own.dispose())
  const gus = await newUser(own.url, 'gus')
  const secrets = [goodPassword, gus.cookie.split('=')[1]!]
  const { token } = await gus.need<{ token: string }>('POST', '/api/me/tokens', { name: 'bot' })
  const { id: room } = await gus.group('confidential-title')
  const ticket = await gus.ticket()
  const socket = dial(own.url, { token: ticket })
  await socket.next('welcome')
  const op = sendText(room, 'confidential-text')
  socket.send(op, { ...op, cid: newCid(), content: { type: 'text', text: 5, more: 'confidential-text' } })
  await socket.next('ack')
  await socket.next('reject')
  socket.socket.send('confidential-text is not json')
  await socket.next('error')
  const spare = [await gus.ticket(), await gus.ticket(), await gus.ticket()]
  await dial(own.url, { token: spare[0]! }).closed
  await refusedStatus(dial(own.url, { token: spare[1]!, origin: 'https://evil.io' }))
  await refusedStatus(dial(own.url, { token: spare[2]!, path: '/elsewhere' }))
  await fetch(`${own.url}/_ws?token=${spare[1]}`)
  await gus.call('POST', '/api/auth/login', { username: 'gus', password: 'confidential-text' })
  await gus.call('POST', '/api/auth/login', '{"password":"confidential-text"', { 'content-type': 'application/json' })
  await gus.call('GET', '/api/search?q=confidential-text')
  await new HttpClient(own.url).call('GET', '/api/me', undefined, { authorization: `Bearer ${token}x` })
  socket.socket.send(Buffer.from('confidential-text'))
  await socket.closed
  await own.kill('SIGTERM')
  const log = own.logs()
  expect(log).toContain(gus.account.id)
  for (const secret of [...secrets, token, ticket, ...spare, 'confidential']) expect(log).not.toContain(secret)
})
