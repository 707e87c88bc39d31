import { describe, expect, test } from 'vitest'
import { decodeClientMessage, decodeOpBody, decodeServerMessage, limits } from '#parley/shared/protocol/index.ts'

const cid = '01890000-0000-7000-8000-000000000001'
const conversation = 'c1'
const content = { type: 'text', text: 'hello' }
const decode = (value: unknown) => decodeClientMessage(JSON.stringify(value))
const one = (value: unknown) => {
  const frames = decode(value)
  expect(frames).toHaveLength(1)
  return frames[0]!
}

describe('messages of a client', () => {
  test('[T3] one object is one frame', () => {
    expect(decode({ type: 'ping' })).toEqual([{ kind: 'control', frame: { type: 'ping' } }])
  })

  test('[T3] an array is taken in order', () => {
    expect(decode([{ type: 'pong' }, { type: 'send', cid, conversation, content }, { type: 'ping' }]).map(frame => frame.kind))
      .toEqual(['control', 'op', 'control'])
  })

  test.each([1, limits.framesPerMessage])('[T3] an array may hold %i frames', (length) => {
    expect(decode(Array.from({ length }, () => ({ type: 'ping' })))).toHaveLength(length)
  })

  test.each([0, limits.framesPerMessage + 1])('[T3] an array of %i frames is one bad frame', (length) => {
    expect(decode(Array.from({ length }, () => ({ type: 'ping' })))).toMatchObject([{ kind: 'bad', code: 'bad_frame' }])
  })

  test.each(['', ' ', 'hello', '{', '{"type":"ping"', '[{"type":"ping"},', 'undefined', 'NaN', '\u0000'])('[T6] %j is not JSON', (text) => {
    expect(decodeClientMessage(text)).toMatchObject([{ kind: 'bad', code: 'bad_frame' }])
  })

  test.each([null, true, 7, 'ping', {}, { type: 7 }, { type: null }, [[]], [{ type: 'ping' }, 'x'].slice(1)])('[T6] %j is no frame', (value) => {
    expect(one(value)).toMatchObject({ kind: 'bad', code: 'bad_frame' })
  })

  test('[T6] one bad frame in an array does not stop the others', () => {
    expect(decode([{ type: 'ping' }, 5, { type: 'read', conversation, seq: 'x' }, { type: 'pong' }]).map(frame => frame.kind))
      .toEqual(['control', 'bad', 'bad', 'control'])
  })

  test.each(['subscribe', 'constructor', '__proto__', 'hasOwnProperty', 'toString', 'event', ''])('[T5] type %j is unknown, not bad', (type) => {
    expect(decodeClientMessage(`{"type":${JSON.stringify(type)},"ref":"r1"}`)).toEqual([expect.objectContaining({ kind: 'bad', code: 'unknown_type', ref: 'r1' })])
  })

  test('[T5] unknown fields are ignored', () => {
    expect(one({ type: 'typing', conversation, on: true, mood: 'good' })).toEqual({ kind: 'control', frame: { type: 'typing', conversation, on: true } })
    expect(one({ type: 'delete', cid, conversation, target: 3, why: 'spam' })).toEqual({ kind: 'op', op: { type: 'delete', cid, conversation, target: 3 } })
  })

  test('[T5] a __proto__ key changes nothing', () => {
    const [frame] = decodeClientMessage('{"type":"ping","__proto__":{"type":"pong"}}')
    expect(frame).toEqual({ kind: 'control', frame: { type: 'ping' } })
    expect(Object.getPrototypeOf({})).toBe(Object.prototype)
  })
})

describe('control frames', () => {
  test.each([
    { type: 'sync', ref: 1, conversation, after: 0 },
    { type: 'sync', ref: 'r', conversation, after: 10, tip: cid, limit: 50, whole: true },
    { type: 'sync', ref: 'r', conversation, after: 0, tip: null },
    { type: 'read', conversation, seq: 0 },
    { type: 'delivered', conversation, seq: 12 },
    { type: 'typing', conversation, on: false },
    { type: 'presence', state: 'idle' },
    { type: 'ping' },
    { type: 'pong' },
  ])('[T6] %j is taken as it is', (frame) => {
    expect(one(frame)).toEqual({ kind: 'control', frame })
  })

  test.each([
    { type: 'sync', ref: 1, conversation, after: -1 },
    { type: 'sync', ref: 1, conversation, after: 1.5 },
    { type: 'sync', ref: 1, conversation, after: '0' },
    { type: 'sync', ref: 1, conversation, after: 2 ** 53 },
    { type: 'sync', ref: 1, conversation, after: 0, limit: 0 },
    { type: 'sync', ref: 'r'.repeat(65), conversation, after: 0 },
    { type: 'sync', ref: {}, conversation, after: 0 },
    { type: 'sync', conversation, after: 0 },
    { type: 'read', conversation: '', seq: 1 },
    { type: 'read', conversation: 'c'.repeat(65), seq: 1 },
    { type: 'delivered', conversation },
    { type: 'typing', conversation, on: 'yes' },
    { type: 'presence', state: 'offline' },
  ])('[T6] %j breaks its schema', (frame) => {
    expect(one(frame)).toMatchObject({ kind: 'bad', code: 'bad_frame' })
  })

  test('[T5a] the answer to a bad sync names its ref', () => {
    expect(one({ type: 'sync', ref: 'r7', conversation, after: 'x' })).toMatchObject({ code: 'bad_frame', ref: 'r7' })
  })

  test('[T5a] a ref that cannot be given back is left out', () => {
    expect(decodeClientMessage('{"type":"sync","ref":1e999,"conversation":"c","after":0}')).toEqual([expect.not.objectContaining({ ref: expect.anything() })])
    expect(decodeClientMessage('{"type":"sync","ref":1e999,"conversation":"c","after":0}')).toMatchObject([{ kind: 'bad' }])
  })
})

describe('ops', () => {
  test.each([
    { type: 'send', cid, conversation, content },
    { type: 'send', cid, conversation, content, replyTo: 4 },
    { type: 'edit', cid, conversation, target: 1, content },
    { type: 'delete', cid, conversation, target: 1 },
    { type: 'react', cid, conversation, target: 1, emoji: '👍🏽', on: false },
  ])('[S1] %j is an op', (op) => {
    expect(one(op)).toEqual({ kind: 'op', op })
    expect(decodeOpBody(op)).toEqual({ kind: 'op', op })
  })

  test.each([
    [{ type: 'send', content: undefined }, 'bad_content'],
    [{ type: 'send', content: null }, 'bad_content'],
    [{ type: 'send', content: { type: 'text', text: ' \n\t ' } }, 'empty'],
    [{ type: 'send', content: { type: 'hologram' } }, 'unsupported'],
    [{ type: 'send', content, replyTo: 0 }, 'bad_target'],
    [{ type: 'send', content, replyTo: null }, 'bad_target'],
    [{ type: 'send', content, conversation: '' }, 'not_found'],
    [{ type: 'send', content, conversation: 'c'.repeat(65) }, 'not_found'],
    [{ type: 'edit', content }, 'bad_target'],
    [{ type: 'edit', content, target: 1.5 }, 'bad_target'],
    [{ type: 'edit', target: 1 }, 'bad_content'],
    [{ type: 'delete' }, 'bad_target'],
    [{ type: 'delete', target: '1' }, 'bad_target'],
    [{ type: 'react', target: 1, on: true }, 'bad_content'],
    [{ type: 'react', target: 1, emoji: '', on: true }, 'bad_content'],
    [{ type: 'react', target: 1, emoji: '👍', on: 1 }, 'bad_content'],
    [{ type: 'react', target: 1, emoji: 'x'.repeat(limits.emojiLength + 1), on: true }, 'bad_content'],
    [{ type: 'react', target: 1, emoji: '\ud83d', on: true }, 'bad_content'],
    [{ type: 'react', emoji: '👍', on: true }, 'bad_target'],
  ])('[T6] the unfit op %j is rejected with %s, never a bad frame', (fields, code) => {
    const op = { cid, conversation, ...fields }
    expect(one(op)).toMatchObject({ kind: 'refused-op', cid, conversation: op.conversation, code })
  })

  test.each([
    { type: 'send', conversation, content },
    { type: 'send', cid: 7, conversation, content },
    { type: 'send', cid: cid.toUpperCase().replace('1', 'A'), conversation, content },
    { type: 'send', cid: `${cid} `, conversation, content },
    { type: 'send', cid, content },
    { type: 'send', cid, conversation: 7, content },
  ])('[T6] without a readable cid or conversation %j can only be a bad frame', (op) => {
    expect(one(op)).toMatchObject({ kind: 'bad', code: 'bad_frame' })
  })

  test('[S9] what only the server may say is not taken from a client', () => {
    expect(one({ type: 'send', cid, conversation, content, seq: 9, sender: 'eve', at: 1, mentions: ['bob'] }))
      .toEqual({ kind: 'op', op: { type: 'send', cid, conversation, content } })
  })
})

describe('messages of the server', () => {
  const ack = { type: 'ack', cid, conversation, seq: 1, at: 2 }

  test('[T3] one frame or an array of them', () => {
    expect(decodeServerMessage(JSON.stringify(ack))).toEqual([ack])
    expect(decodeServerMessage(JSON.stringify([ack, { type: 'ping' }]))).toEqual([ack, { type: 'ping' }])
  })

  test('[T5] unknown types and unfit frames are left out, the others stay', () => {
    expect(decodeServerMessage(JSON.stringify([{ type: 'poem' }, { ...ack, seq: 'x' }, null, 3, ack, { type: 'toString' }]))).toEqual([ack])
  })

  test('[T5] unknown fields and event kinds of a newer server pass through', () => {
    const event = { type: 'event', conversation, event: { seq: 1, kind: 'poll', cid, sender: 'u', at: 1, options: [] }, hint: 1 }
    expect(decodeServerMessage(JSON.stringify(event))).toEqual([event])
  })

  test.each(['', '<html>', '[', 'null', '[[]]'])('[T5] %j is no frame and does not throw', (text) => {
    expect(decodeServerMessage(text)).toEqual([])
  })
})
