import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest'
import { newUser } from '#parley/tests/helpers/http-client.ts'
import { newCid, sendText } from '#parley/tests/helpers/op-frames.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'
import { connect } from '#parley/tests/helpers/socket-client.ts'
import type { SocketClient } from '#parley/tests/helpers/socket-client.ts'

/** Bad input on the built server: T3, T5–T7, S8, S9. */

let server: ServerProcess
let ann: Awaited<ReturnType<typeof newUser>>
let bob: Awaited<ReturnType<typeof newUser>>
let room: string
let socket: SocketClient

beforeAll(async () => {
  server = await startServer()
  ann = await newUser(server.url, 'ann')
  bob = await newUser(server.url, 'bob')
  room = (await ann.group('room', [bob.account.id])).id
})
afterAll(() => server.dispose())
beforeEach(async () => {
  socket = await connect(ann)
})
afterEach(() => socket.close())

describe('frames', () => {
  test('[T3] an array is taken in order, one bad frame does not stop the others', async () => {
    const [first, second] = [sendText(room, 'one'), sendText(room, 'two')]
    socket.send(first, { type: 'typing' }, second)
    const a = await socket.next('ack', ack => ack.cid === first.cid)
    await socket.next('error', error => error.code === 'bad_frame')
    const b = await socket.next('ack', ack => ack.cid === second.cid)
    expect(b.seq).toBe(a.seq + 1)
  })

  test('[T3, T6] an empty array and one of 65 frames are bad frames', async () => {
    socket.socket.send('[]')
    await socket.next('error', error => error.code === 'bad_frame')
    socket.send(...Array.from({ length: 65 }, () => ({ type: 'ping' })))
    await socket.next('error', error => error.code === 'bad_frame')
  })

  test('[T5] unknown fields are ignored, an unknown type is answered and the socket stays', async () => {
    socket.send({ type: 'telepathy', ref: 'r1' })
    expect(await socket.next('error')).toMatchObject({ code: 'unknown_type', ref: 'r1' })
    const op = { ...sendText(room, 'hello'), later: true }
    socket.send(op)
    await socket.next('ack', ack => ack.cid === op.cid)
  })

  test('[T5a] sync on a foreign conversation is not_found; read, delivered and typing there are ignored', async () => {
    socket.send({ type: 'read', conversation: 'none', seq: 1 }, { type: 'delivered', conversation: 'none', seq: 1 }, { type: 'typing', conversation: 'none', on: true })
    socket.send({ type: 'sync', ref: 7, conversation: 'none', after: 0 })
    expect(await socket.next('error')).toMatchObject({ code: 'not_found', ref: 7 })
    expect(socket.frames.filter(frame => frame.type === 'error')).toHaveLength(1)
  })

  test.each(['{', '', 'null', '42', '"text"', '[1]', '{"type":5}', '{"type":"__proto__"}', '{"__proto__":{"type":"ping"}}', '['.repeat(30_000), '{"type":"constructor"}'])('[T6, F47] %.30s is answered, and harms nobody', async (text) => {
    socket.socket.send(text)
    expect(['bad_frame', 'unknown_type']).toContain((await socket.next('error')).code)
    socket.send({ type: 'ping' })
    await socket.next('pong')
  })

  test('[T6] more than five bad frames in a minute close 4500', async () => {
    for (let i = 0; i < 6; i++) socket.socket.send('not json')
    expect(await socket.closed).toEqual({ code: 4500, reason: 'bad_frames' })
    expect(socket.frames.filter(frame => frame.type === 'error').length).toBeGreaterThanOrEqual(5)
  })

  test('[T6] an op with readable cid and conversation is rejected, never a bad frame', async () => {
    const broken: [object, string][] = [
      [{ type: 'send', content: 7 }, 'bad_content'],
      [{ type: 'send', content: { type: 'text', text: 'x' }, replyTo: 'first' }, 'bad_target'],
      [{ type: 'send', content: { type: 'hologram' } }, 'unsupported'],
      [{ type: 'edit', target: -1, content: { type: 'text', text: 'x' } }, 'bad_target'],
      [{ type: 'delete' }, 'bad_target'],
      [{ type: 'react', target: 1, emoji: '', on: true }, 'bad_content'],
    ]
    for (const [op, code] of broken) {
      const cid = newCid()
      socket.send({ cid, conversation: room, ...op })
      expect(await socket.next('reject', reject => reject.cid === cid)).toMatchObject({ conversation: room, code })
    }
    expect(socket.frames.some(frame => frame.type === 'error')).toBe(false)
  })

  test('[T7] pipelined ops are acknowledged in the order they were sent', async () => {
    const ops = Array.from({ length: 50 }, (_, n) => sendText(room, `n${n}`))
    for (const op of ops) socket.send(op)
    const seqs: number[] = []
    for (const op of ops) seqs.push((await socket.next('ack', ack => ack.cid === op.cid)).seq)
    expect(seqs).toEqual(seqs.map((_, n) => seqs[0]! + n))
  })
})

describe('ops', () => {
  test('[S8, X11] a stranger and a missing conversation get the same answer', async () => {
    const secret = (await bob.group('secret')).id
    for (const conversation of [secret, 'missing']) {
      const op = sendText(conversation, 'hello')
      socket.send(op)
      expect(await socket.next('reject', reject => reject.cid === op.cid)).toMatchObject({ code: 'not_found' })
      expect((await ann.call('GET', `/api/conversations/${conversation}/messages`)).status).toBe(404)
    }
  })

  test('[S8, X13] others\' messages cannot be edited, targets must exist', async () => {
    const op = sendText(room, 'of ann')
    socket.send(op)
    const { seq } = await socket.next('ack', ack => ack.cid === op.cid)
    const other = await connect(bob)
    const edit = { type: 'edit', cid: newCid(), conversation: room, target: seq, content: { type: 'text', text: 'of bob' } }
    other.send(edit)
    expect(await other.next('reject', reject => reject.cid === edit.cid)).toMatchObject({ code: 'forbidden' })
    const early = { type: 'delete', cid: newCid(), conversation: room, target: seq + 1000 }
    other.send(early)
    expect(await other.next('reject', reject => reject.cid === early.cid)).toMatchObject({ code: 'bad_target' })
    await other.close()
  })

  test('[S9, X13] sender, seq and time are the server\'s, content is stored as sent', async () => {
    const text = '  Ａ\u202E\u0301 é ﬁ \u{1F468}\u200D\u{1F469} <b>x</b>  '
    const op = { ...sendText(room, text), sender: bob.account.id, seq: 1, at: 1 }
    socket.send(op)
    const { event } = await socket.next('event', frame => frame.event.cid === op.cid)
    expect(event).toMatchObject({ sender: ann.account.id, content: { type: 'text', text } })
    expect(event.seq).toBeGreaterThan(1)
    expect(Math.abs(event.at - Date.now())).toBeLessThan(60_000)
  })

  test('[S9, X24] lone surrogates, NUL, empty and too long texts are refused whole', async () => {
    for (const [text, code] of [['a\\ud800b', 'bad_content'], ['a\\u0000b', 'bad_content'], ['  ', 'empty'], ['x'.repeat(8001), 'too_long']] as const) {
      const cid = newCid()
      socket.socket.send(`{"type":"send","cid":"${cid}","conversation":"${room}","content":{"type":"text","text":"${text}"}}`)
      expect(await socket.next('reject', reject => reject.cid === cid)).toMatchObject({ code })
    }
    const longest = sendText(room, '\u{1F600}'.repeat(8000))
    socket.send(longest)
    await socket.next('ack', ack => ack.cid === longest.cid)
  })

  test('[S3, X30] same op again: same seq; other body: cid_conflict; another user\'s cid: independent', async () => {
    const op = sendText(room, 'once')
    socket.send(op, op)
    const first = await socket.next('ack', ack => ack.cid === op.cid)
    const second = await socket.next('ack', ack => ack.cid === op.cid)
    expect(second).toMatchObject({ seq: first.seq, duplicate: true })
    socket.send(sendText(room, 'twice', op.cid))
    expect(await socket.next('reject', reject => reject.cid === op.cid)).toMatchObject({ code: 'cid_conflict' })
    const other = await connect(bob)
    other.send(sendText(room, 'of bob', op.cid))
    expect((await other.next('ack', ack => ack.cid === op.cid)).seq).toBeGreaterThan(first.seq)
    await other.close()
  })

  test('[S1] the same op over HTTP: 201, then 200 with the same seq; rejects by their status', async () => {
    const path = `/api/conversations/${room}/messages`
    const body = { cid: newCid(), content: { type: 'text', text: 'by a bot' } }
    const first = await ann.call<{ seq: number, at: number }>('POST', path, body)
    const again = await ann.call<{ seq: number, at: number }>('POST', path, body)
    expect([first.status, again.status]).toEqual([201, 200])
    expect(again.body).toEqual(first.body)
    const conflict = await ann.call('POST', path, { ...body, content: { type: 'text', text: 'other' } })
    expect([conflict.status, conflict.body.data?.code]).toEqual([409, 'cid_conflict'])
    expect((await ann.call('POST', path, { cid: newCid(), content: { type: 'text', text: '' } })).status).toBe(422)
    expect((await ann.call('POST', path, { content: body.content })).status).toBe(400)
    expect((await ann.call('POST', '/api/conversations/missing/messages', { ...body, cid: newCid() })).status).toBe(404)
  })
})
