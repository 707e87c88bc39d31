import { hash } from 'node:crypto'
import type { JsonValue } from '#parley/shared/model.ts'
import type { LogChange } from '#parley/server/chat/ports.ts'

/** JSON with sorted keys and without absent fields, so that the same op has one form whatever client or codec ordered its keys. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(item => canonical(item ?? null)).join(',')}]`
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value as JsonValue)
  let fields = ''
  for (const key of Object.keys(value).sort()) {
    const field: unknown = Reflect.get(value, key)
    if (field !== undefined) fields += `${fields === '' ? '' : ','}${JSON.stringify(key)}:${canonical(field)}`
  }
  return `{${fields}}`
}

/**
 * Tells whether a cid comes back with the same op (S3): 128 bits over the change and its conversation. Only its sender could profit
 * from a collision, so half of SHA-256 is plenty.
 */
export function opDigest(conversation: string, change: LogChange): Buffer {
  return hash('sha256', canonical([conversation, change]), 'buffer').subarray(0, 16)
}
