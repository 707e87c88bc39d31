/**
 * Close codes of PROTOCOL 10. The range decides what a client does, so that an old client treats a code it has never heard of
 * rightly: 4000–4499 retry with backoff, 4500–4999 final.
 */
export const closeCodes = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  badData: 1003,
  invalidUtf8: 1007,
  policy: 1008,
  tooBig: 1009,
  serverError: 1011,
  restart: 1012,
  /** The client's own: it abandoned a socket that gave no sign of life. Never seen by the server on a dead link. */
  stale: 4000,
  slow: 4003,
  noPong: 4004,
  rate: 4006,
  /** Store unavailable, or the fate of an op is unknown (S5). */
  unavailable: 4007,
  /** Over a cap, or displaced by a newer connection of the same user (A4). */
  overloaded: 4008,
  badTicket: 4401,
  badFrames: 4500,
  disabled: 4503,
  revoked: 4504,
  version: 4505,
  tooManyConnections: 4506,
} as const

/** Reasons that go with the codes: short ASCII tokens (C1); a longer reason makes `close()` throw (over 123 bytes). */
export const closeReasons: Readonly<Record<number, string>> = {
  1000: 'bye',
  1012: 'restart',
  4003: 'slow',
  4004: 'no_pong',
  4006: 'rate',
  4007: 'unavailable',
  4008: 'overloaded',
  4401: 'bad_ticket',
  4500: 'bad_frames',
  4503: 'disabled',
  4504: 'revoked',
  4505: 'version',
  4506: 'too_many_connections',
}

export type CloseVerdict = 'retry' | 'final' | 'oversize'

const finalStandardCodes: ReadonlySet<number> = new Set([1002, 1003, 1007, 1008, 1010])

/**
 * What a client does after a close that it did not ask for (PROTOCOL 10).
 * `oversize` (1009) is a retry with one op per message (T4).
 */
export function closeVerdict(code: number): CloseVerdict {
  if (code === closeCodes.tooBig) return 'oversize'
  if (finalStandardCodes.has(code)) return 'final'
  return code >= 4500 && code <= 4999 ? 'final' : 'retry'
}
