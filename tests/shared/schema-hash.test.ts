import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { clientFrameSchemas, opEnvelopeSchema, opTargetSchema, reactFieldsSchema, sendFieldsSchema } from '#parley/shared/protocol/client-frames.ts'
import { closeCodes } from '#parley/shared/protocol/close-codes.ts'
import { contentSchema } from '#parley/shared/protocol/content.ts'
import { rejectCodes } from '#parley/shared/protocol/reject-codes.ts'
import { serverFrameSchemas } from '#parley/shared/protocol/server-frames.ts'
import { PROTOCOL_VERSION, SUBPROTOCOL } from '#parley/shared/protocol/version.ts'

/**
 * The wire as it was when the version was last thought about. A change that an older peer would misread (a field renamed, made
 * stricter or given another meaning) needs a new PROTOCOL_VERSION and SUBPROTOCOL; one that it ignores safely (T5) needs only the new
 * hash here. Either way docs/PROTOCOL.md, History, gets a line.
 */
const recorded = { version: 1, hash: '05f4000ddc62d78e' }

/** Fields of a valibot schema that say how it is called or worded, not what it accepts. */
const incidental = new Set(['~standard', '~run', '~types', 'reference', 'expects', 'message', 'async', 'kind'])

/** Deterministic text of a schema: keys sorted, functions by their source, regular expressions by pattern and flags. */
function outline(value: unknown): unknown {
  if (value instanceof RegExp) return value.toString()
  if (typeof value === 'function') return value.toString()
  if (Array.isArray(value)) return value.map(outline)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(([key]) => !incidental.has(key)).sort(([a], [b]) => a < b ? -1 : 1).map(([key, child]) => [key, outline(child)]))
}

const wire = {
  clientFrameSchemas, opEnvelopeSchema, opTargetSchema, sendFieldsSchema, reactFieldsSchema, contentSchema, serverFrameSchemas, closeCodes, rejectCodes, SUBPROTOCOL,
}
const hash = createHash('sha256').update(JSON.stringify(outline(wire))).digest('hex').slice(0, 16)

test('[T2] the wire has not changed under its version', () => {
  const advice = `The frames, close codes or reject codes changed (now ${hash}): bump the protocol version if an older peer would misread them, then record version and hash in tests/shared/schema-hash.test.ts and say it in the History of docs/PROTOCOL.md.`
  expect({ version: PROTOCOL_VERSION, hash }, advice).toEqual(recorded)
})

test('[T2] the version is part of the subprotocol', () => {
  expect(SUBPROTOCOL).toBe(`parley.v${PROTOCOL_VERSION}`)
})

test('the outline sees shape, bounds and options of a schema', () => {
  const text = JSON.stringify(outline({ clientFrameSchemas, contentSchema, opEnvelopeSchema }))
  for (const trace of ['safe_integer', '"requirement":64', 'max_length', '"active"', 'attachment', '^[0-9a-f]{8}']) expect(text).toContain(trace)
})
