import { v7 } from 'uuid'

/** Any lower-case UUID is a valid cid (S9). */
export const cidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export const isCid = (value: unknown): value is string => typeof value === 'string' && cidPattern.test(value)

/**
 * A new cid, UUIDv7 (PROTOCOL 1). Made once when the user acts and kept for ever after; its time part never orders anything (R4).
 *
 * @param random 16 random bytes; the caller's source, so that a simulation can be replayed
 * @param now ms since 1970
 */
export function makeCid(random: Uint8Array, now: number): string {
  return v7({ random, msecs: now })
}
