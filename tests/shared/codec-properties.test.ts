import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { closeVerdict, codePointLength, decodeClientMessage, decodeServerMessage, encodeFrame, joinFrames, limits, utf8Length } from '#parley/shared/protocol/index.ts'
import type { ClientFrame, ServerFrame } from '#parley/shared/protocol/index.ts'

// Hundreds of cases each; a loaded machine must not fail them by the clock.
vi.setConfig({ testTimeout: 30_000 })

const cid = fc.uuid()
const id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
const seq = fc.nat(1_000_000)
const target = seq.map(value => value + 1)
const cleanText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter(text => text.trim() !== '' && !text.includes('\0'))
const attachment = fc.record({
  id, name: cleanText, mime: fc.constant('image/png'), size: fc.nat(), width: fc.nat(), height: fc.nat(), duration: fc.double({ min: 0, max: 1e6, noNaN: true }).map(value => value + 0),
}, { requiredKeys: ['id', 'name', 'mime', 'size'] })
const content = fc.oneof(
  fc.record({ type: fc.constant('text' as const), text: cleanText }),
  fc.record({ type: fc.constantFrom('image' as const, 'file' as const, 'audio' as const, 'video' as const), attachment, text: cleanText }, { requiredKeys: ['type', 'attachment'] }),
  fc.record({ type: fc.constant('custom' as const), name: cleanText, data: fc.dictionary(cleanText, fc.oneof(fc.nat(), cleanText, fc.boolean(), fc.constant(null)), { maxKeys: 4 }), text: cleanText }),
)
const clientFrame: fc.Arbitrary<ClientFrame> = fc.oneof(
  fc.record({ type: fc.constant('send' as const), cid, conversation: id, content, replyTo: target }, { requiredKeys: ['type', 'cid', 'conversation', 'content'] }),
  fc.record({ type: fc.constant('edit' as const), cid, conversation: id, target, content }),
  fc.record({ type: fc.constant('delete' as const), cid, conversation: id, target }),
  fc.record({ type: fc.constant('react' as const), cid, conversation: id, target, emoji: fc.constantFrom('👍', '❤️', '+1'), on: fc.boolean() }),
  fc.record({ type: fc.constant('sync' as const), ref: fc.oneof(fc.nat(), id), conversation: id, after: seq, tip: fc.option(cid), limit: target, whole: fc.boolean() }, { requiredKeys: ['type', 'ref', 'conversation', 'after'] }),
  fc.record({ type: fc.constantFrom('read' as const, 'delivered' as const), conversation: id, seq }),
  fc.record({ type: fc.constant('typing' as const), conversation: id, on: fc.boolean() }),
  fc.record({ type: fc.constant('presence' as const), state: fc.constantFrom('active' as const, 'idle' as const) }),
  fc.record({ type: fc.constantFrom('ping' as const, 'pong' as const) }),
)
const logEvent = fc.record({ seq: target, kind: fc.constant('message' as const), cid, sender: id, at: fc.nat(), content })
const serverFrame: fc.Arbitrary<ServerFrame> = fc.oneof(
  fc.record({ type: fc.constant('ack' as const), cid, conversation: id, seq: target, at: fc.nat(), duplicate: fc.boolean() }, { requiredKeys: ['type', 'cid', 'conversation', 'seq', 'at'] }),
  fc.record({ type: fc.constant('event' as const), conversation: id, event: logEvent }),
  fc.record({ type: fc.constant('page' as const), ref: fc.oneof(fc.nat(), id), conversation: id, events: fc.array(logEvent, { maxLength: 3 }), head: seq, more: fc.boolean() }),
  fc.record({ type: fc.constant('heads' as const), heads: fc.dictionary(id.filter(key => key !== '__proto__'), fc.tuple(seq, seq, fc.option(cid))) }),
  fc.record({ type: fc.constant('status' as const), store: fc.constantFrom('ok' as const, 'busy' as const, 'full' as const) }),
  fc.record({ type: fc.constantFrom('ping' as const, 'pong' as const) }),
)
/** Any text, lone surrogates included. */
const anyText = fc.array(fc.oneof(fc.nat(0xFFFF), fc.integer({ min: 0xD800, max: 0xDFFF }), fc.nat(0x7F)), { maxLength: 60 }).map(units => String.fromCharCode(...units))

const frameOf = (text: string) => decodeClientMessage(text).map(frame => frame.kind === 'op' ? frame.op : frame.kind === 'control' ? frame.frame : frame)

describe('codec', () => {
  test('[T3] [S9] decode ∘ encode is the identity on client frames', () => {
    fc.assert(fc.property(clientFrame, (frame) => {
      expect(frameOf(encodeFrame(frame))).toEqual([frame])
    }))
  })

  test('[T3] decode ∘ encode is the identity on server frames', () => {
    fc.assert(fc.property(serverFrame, (frame) => {
      expect(decodeServerMessage(encodeFrame(frame))).toEqual([frame])
    }))
  })

  test('[T6] junk never throws, in either direction', () => {
    fc.assert(fc.property(fc.oneof(anyText, fc.json()), (text) => {
      expect(decodeClientMessage(text).length).toBeGreaterThan(0)
      expect(Array.isArray(decodeServerMessage(text))).toBe(true)
    }))
  })

  test('[T6] a mangled frame never throws, and a mangled op with its envelope intact is still answerable', () => {
    const mangled = fc.record({ type: fc.constantFrom('send', 'edit', 'delete', 'react'), cid, conversation: fc.string(), content: fc.jsonValue(), target: fc.jsonValue(), replyTo: fc.jsonValue(), emoji: fc.jsonValue(), on: fc.jsonValue() }, { requiredKeys: ['type', 'cid', 'conversation'] })
    fc.assert(fc.property(mangled, (op) => {
      const [verdict] = decodeClientMessage(JSON.stringify(op))
      expect(verdict!.kind).toMatch(/^(op|refused-op)$/)
    }))
  })

  test('[T6] a truncated frame is bad, not a crash', () => {
    fc.assert(fc.property(clientFrame, fc.double({ min: 0, max: 0.999, noNaN: true }), (frame, share) => {
      const text = encodeFrame(frame)
      expect(decodeClientMessage(text.slice(0, Math.floor(text.length * share)))).toMatchObject([{ kind: 'bad' }])
    }))
  })

  test('[T6] nesting of any depth is refused without overflowing the stack', () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    expect(decodeClientMessage(deep)).toMatchObject([{ kind: 'bad' }])
    const op = `{"type":"send","cid":"01890000-0000-7000-8000-000000000001","conversation":"c","content":{"type":"custom","name":"x","text":"","data":${deep}}}`
    expect(decodeClientMessage(op)).toMatchObject([{ kind: 'refused-op', code: 'bad_content' }])
  })
})

describe('text sizes', () => {
  test('[T4] utf8Length counts what TextEncoder makes', () => {
    fc.assert(fc.property(anyText, (text) => {
      expect(utf8Length(text)).toBe(new TextEncoder().encode(text).byteLength)
    }), { numRuns: 500 })
  })

  test('[S9] codePointLength counts what string iteration gives', () => {
    fc.assert(fc.property(anyText, (text) => {
      expect(codePointLength(text)).toBe([...text].length)
    }), { numRuns: 500 })
  })
})

describe('batches', () => {
  const encoded = fc.array(clientFrame.map(encodeFrame), { maxLength: 150 })

  test('[T3] [T4] joinFrames keeps every frame, in order, within both limits', () => {
    fc.assert(fc.property(encoded, fc.integer({ min: 64, max: 4_000 }), (frames, maxBytes) => {
      const messages = joinFrames(frames, maxBytes)
      expect(messages.flatMap(frameOf)).toEqual(frames.flatMap(frameOf))
      for (const message of messages) {
        const parsed: unknown = JSON.parse(message)
        const count = Array.isArray(parsed) ? parsed.length : 1
        expect(count).toBeLessThanOrEqual(limits.framesPerMessage)
        if (count > 1) expect(utf8Length(message)).toBeLessThanOrEqual(maxBytes)
      }
    }))
  })

  test('[T4] no two neighbouring messages would have fitted into one', () => {
    fc.assert(fc.property(encoded, fc.integer({ min: 64, max: 4_000 }), (frames, maxBytes) => {
      const messages = joinFrames(frames, maxBytes)
      for (const [index, message] of messages.slice(1).entries()) {
        const before = messages[index]!
        const [first] = decodeClientMessage(message)
        expect(first).toBeDefined()
        const full = decodeClientMessage(before).length === limits.framesPerMessage
        const firstText = message.startsWith('[') ? encodeFirst(message) : message
        // Brackets of the joined array, and one byte that the estimate keeps in hand.
        expect(full || utf8Length(before) + utf8Length(firstText) + 4 > maxBytes).toBe(true)
      }
    }))
  })

  function encodeFirst(message: string): string {
    const parsed = JSON.parse(message) as unknown[]
    return JSON.stringify(parsed[0])
  }
})

test('[C1] every close code has a verdict, by range beyond 4000', () => {
  fc.assert(fc.property(fc.integer({ min: 4000, max: 4999 }), (code) => {
    expect(closeVerdict(code)).toBe(code < 4500 ? 'retry' : 'final')
  }))
})
