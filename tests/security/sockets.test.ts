import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { HttpClient, newUser } from '#parley/tests/helpers/http-client.ts'
import { newCid, sendText } from '#parley/tests/helpers/op-frames.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'
import { connect, dial, refusedStatus } from '#parley/tests/helpers/socket-client.ts'
import type { SocketClient } from '#parley/tests/helpers/socket-client.ts'

/** What an attacker with a socket gets: nothing of others, and not more than anybody's share. */

type User = Awaited<ReturnType<typeof newUser>>
let server: ServerProcess
let ann: User, ben: User

beforeAll(async () => {
  server = await startServer()
  ann = await newUser(server.url, 'ann')
  ben = await newUser(server.url, 'ben')
})
afterAll(() => server.dispose())

/** All that came before the answer to this ping. */
async function settled(socket: SocketClient): Promise<SocketClient['frames']> {
  socket.send({ type: 'ping' })
  await socket.next('pong')
  return socket.frames
}

describe('upgrades', () => {
  test('[X2] of a page elsewhere are refused, however its origin looks like ours', async () => {
    const host = new URL(server.url).host
    const port = new URL(server.url).port
    const foreign = [
      'null', 'https://evil.io', `http://${host}.evil.io`, `http://evil.io#${host}`, `http://${host}@evil.io`, `http://evil.io/${host}`, `https://app.example.com.evil.io`,
      `http://localhost:${port}`, `http://127.0.0.1`, `http://127.0.0.1:${Number(port) + 1}`, `file://`, `ws://${host}`, `http://${host}/`, `http://${host} http://evil.io`, 'undefined', '*',
    ]
    const statuses = await Promise.all(foreign.map(async origin => [origin, await refusedStatus(dial(server.url, { token: 'x', origin }))]))
    expect(statuses).toEqual(foreign.map(origin => [origin, 403]))
  })

  test('[X3] without an origin take no ticket of a cookie, nor a cookie, but one of a bearer', async () => {
    expect(await refusedStatus(dial(server.url, { token: await ann.ticket(), origin: undefined, headers: { cookie: ann.cookie } }))).toBe(403)
    const { token } = await ann.need<{ token: string }>('POST', '/api/me/tokens', { name: 'bot' })
    const { body } = await new HttpClient(server.url).call<{ token: string }>('POST', '/api/ws/ticket', undefined, { authorization: `Bearer ${token}`, origin: '' })
    const bot = dial(server.url, { token: body.token, origin: undefined })
    expect((await bot.next('welcome')).user.id).toBe(ann.account.id)
    await bot.close()
  })

  test('[X5] a ticket is 256 random bits, for whoever is logged in and on our page, and lies nowhere on the disk', async () => {
    const tickets = await Promise.all(Array.from({ length: 20 }, () => ann.ticket()))
    expect(new Set(tickets).size).toBe(20)
    for (const ticket of tickets) expect(Buffer.from(ticket, 'base64url')).toHaveLength(32)
    const stranger = new HttpClient(server.url)
    expect((await stranger.call('POST', '/api/ws/ticket')).status).toBe(401)
    expect((await ann.call('POST', '/api/ws/ticket', undefined, { origin: 'https://evil.io' })).status).toBe(403)
    expect((await ann.call('POST', '/api/ws/ticket', undefined, { origin: '' })).status).toBe(403)
    expect((await stranger.call('GET', '/api/ws/ticket', undefined, { cookie: ann.cookie })).status).toBe(404)
    const answer = await ann.call<{ expiresIn: number }>('POST', '/api/ws/ticket')
    expect([answer.body.expiresIn, answer.headers.get('cache-control')]).toEqual([30, 'no-store'])
    for (const file of await readdir(server.dataDir, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue
      const bytes = await readFile(join(file.parentPath, file.name))
      for (const ticket of tickets) expect(bytes.includes(ticket), file.name).toBe(false)
    }
    // Its user's, whoever brings it: the cookie of another changes nothing.
    const socket = dial(server.url, { token: tickets[0]!, headers: { cookie: ben.cookie } })
    expect((await socket.next('welcome')).user.id).toBe(ann.account.id)
    expect((await dial(server.url, { token: tickets[0]! }).closed).code).toBe(4401)
    await socket.close()
  })

  test('[X21] too many from one address get 429 before they are accepted, and from other addresses, or on this machine, none does', async () => {
    const own = await startServer({ env: { NUXT_MAX_CONNECTIONS_PER_IP: '5' } })
    onTestFinished(() => own.dispose())
    await newUser(own.url, 'cem')
    const knock = async (address: string) => {
      const socket = dial(own.url, { token: 'wrong', headers: address === '' ? {} : { 'x-forwarded-for': address } })
      return Promise.race([refusedStatus(socket).catch(() => 101), socket.closed.then(() => 101)])
    }
    const count = async (addresses: readonly string[]) => {
      const statuses: number[] = []
      for (const address of addresses) statuses.push(await knock(address))
      return statuses.filter(status => status === 429).length
    }
    expect(await count(Array.from({ length: 20 }, () => '203.0.113.9'))).toBeGreaterThan(5)
    // One customer, however many addresses of a /64 they use.
    expect(await count(Array.from({ length: 20 }, (_none, n) => `2a00:db8:1:2::${n}`))).toBeGreaterThan(5)
    expect(await count(['198.51.100.4', '2a00:db8:1:3::1', ...Array.from({ length: 20 }, () => '')])).toBe(0)
  })
})

describe('conversations of others', () => {
  test('[X11] every frame about one is answered as if it did not exist, and changes nothing', async () => {
    const { id: secret } = await ben.group('secret')
    const own = await connect(ben)
    const op = sendText(secret, 'hidden')
    own.send(op)
    const { seq } = await own.next('ack', ack => ack.cid === op.cid)
    await settled(own)
    const seen = own.frames.length
    const answers: string[][] = []
    for (const conversation of [secret, crypto.randomUUID()]) {
      const socket = await connect(ann)
      const before = socket.frames.length
      const cids = Array.from({ length: 4 }, newCid)
      const content = { type: 'text', text: 'x' }
      socket.send({ type: 'send', cid: cids[0], conversation, content }, { type: 'edit', cid: cids[1], conversation, target: seq, content })
      socket.send({ type: 'delete', cid: cids[2], conversation, target: seq }, { type: 'react', cid: cids[3], conversation, target: seq, emoji: '👍', on: true })
      socket.send({ type: 'sync', ref: 1, conversation, after: 0 }, { type: 'read', conversation, seq }, { type: 'delivered', conversation, seq }, { type: 'typing', conversation, on: true })
      for (const cid of cids) await socket.next('reject', reject => reject.cid === cid)
      if (!socket.frames.some(frame => frame.type === 'error')) await socket.next('error')
      const frames = (await settled(socket)).slice(before).filter(({ type }) => type !== 'pong')
      answers.push(frames.map(frame => JSON.stringify(frame).replaceAll(conversation, 'ID').replaceAll(/"cid":"[^"]+"/g, '"cid":"C"')).toSorted())
      await socket.close()
    }
    expect(answers[0]).toEqual(answers[1])
    expect(answers[0]!.filter(text => text.includes('"not_found"'))).toHaveLength(5)
    expect((await settled(own)).slice(seen).filter(({ type }) => !['pong', 'ping', 'presence', 'heads'].includes(type))).toEqual([])
    await own.close()
  })

  test('[X12] who was removed gets nothing after the event that says so', async () => {
    const { id: room } = await ann.group('room', [ben.account.id])
    const { id: both } = await ann.group('both', [ben.account.id])
    const [writer, reader] = [await connect(ann), await connect(ben)]
    const writing = Array.from({ length: 40 }, (_none, n) => sendText(room, `n${n}`))
    writer.send(...writing.slice(0, 20))
    const removed = ann.call('DELETE', `/api/conversations/${room}/members/${ben.account.id}`)
    writer.send(...writing.slice(20))
    expect((await removed).status).toBeLessThan(300)
    writer.send({ type: 'typing', conversation: room, on: true }, sendText(room, 'after'))
    // What is sent after all that reaches him, so what he has not got by then does not come.
    const last = sendText(both, 'last')
    writer.send(last)
    await reader.next('event', ({ event }) => event.cid === last.cid)
    const events = reader.frames.filter(frame => frame.type === 'event').filter(({ conversation }) => conversation === room).map(({ event }) => event)
    expect(events.at(-1)).toMatchObject({ kind: 'member' })
    expect(events.map(event => event.seq)).toEqual(events.map((_event, n) => events[0]!.seq + n))
    expect(JSON.stringify(reader.frames)).not.toContain('"after"')
    reader.send({ type: 'sync', ref: 2, conversation: room, after: 0 })
    expect(await reader.next('error')).toMatchObject({ code: 'not_found', ref: 2 })
    await Promise.all([writer.close(), reader.close()])
  })
})

describe('shares', () => {
  test('[X18] ops over the rate wait, those of all of a user\'s sockets together; ephemeral frames over theirs are dropped', async () => {
    const own = await startServer({ env: { NUXT_RATE_LIMIT: '10' } })
    onTestFinished(() => own.dispose())
    const [dia, eli] = [await newUser(own.url, 'dia'), await newUser(own.url, 'eli')]
    const { id: room } = await dia.group('room', [eli.account.id])
    const [first, second, other] = [await connect(dia), await connect(dia), await connect(eli)]
    for (let n = 0; n < 40; n++) other.send({ type: 'typing', conversation: room, on: n % 2 === 0 })
    await settled(other)
    const begun = performance.now()
    const ops = Array.from({ length: 50 }, (_none, n) => sendText(room, `n${n}`))
    first.send(...ops.slice(0, 25))
    second.send(...ops.slice(25))
    await Promise.all([first.next('ack', ack => ack.cid === ops[24]!.cid), second.next('ack', ack => ack.cid === ops[49]!.cid)])
    // 30 at once, 20 more at 10 a second.
    expect(performance.now() - begun).toBeGreaterThan(1_500)
    expect(first.frames.filter(frame => frame.type === 'typing').length).toBeLessThanOrEqual(12)
    await Promise.all([first, second, other].map(socket => socket.close()))
  })

  test('[X31] a page of a log has at most 200 events and 1 MiB, however much is asked for, and many requests are answered in turn', async () => {
    const own = await startServer({ env: { NUXT_RATE_LIMIT: '0' } })
    onTestFinished(() => own.dispose())
    const fay = await newUser(own.url, 'fay')
    const { id: room } = await fay.group('room')
    const socket = await connect(fay)
    const ops = Array.from({ length: 260 }, (_none, n) => sendText(room, `${n} ${'x'.repeat(900)}`))
    for (let at = 0; at < ops.length; at += 20) socket.send(...ops.slice(at, at + 20))
    await socket.next('ack', ack => ack.cid === ops.at(-1)!.cid)
    for (let ref = 1; ref <= 30; ref++) socket.send({ type: 'sync', ref, conversation: room, after: 0, limit: 200, whole: true })
    for (let ref = 1; ref <= 30; ref++) {
      const page = await socket.next('page', frame => frame.ref === ref)
      expect(page.events.length).toBeLessThanOrEqual(200)
      expect(JSON.stringify(page).length).toBeLessThanOrEqual(1024 * 1024)
      expect(page.more).toBe(true)
    }
    socket.send({ type: 'sync', ref: 'big', conversation: room, after: 0, limit: 1e9 })
    const answer = await Promise.race([socket.next('page', frame => frame.ref === 'big'), socket.next('error')])
    expect(answer.type === 'error' || answer.events.length <= 200).toBe(true)
    await socket.close()
  })
})
