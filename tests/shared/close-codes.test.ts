import { describe, expect, test } from 'vitest'
import { closeCodes, closeReasons, closeVerdict, rejectCodes, rejectStatus } from '#parley/shared/protocol/index.ts'

describe('close codes', () => {
  test.each([1000, 1001, 1005, 1006, 1011, 1012, 1013, 1014, 4000, 4003, 4004, 4006, 4007, 4008, 4401, 4499])('[C1] %i is retried', (code) => {
    expect(closeVerdict(code)).toBe('retry')
  })

  test.each([1002, 1003, 1007, 1008, 1010, 4500, 4503, 4504, 4505, 4506, 4999])('[C1] %i is final', (code) => {
    expect(closeVerdict(code)).toBe('final')
  })

  test('[T4] 1009 is retried with one op per message', () => {
    expect(closeVerdict(closeCodes.tooBig)).toBe('oversize')
  })

  test('[C1] the codes are those of docs/PROTOCOL.md', () => {
    expect(closeCodes).toMatchObject({
      stale: 4000, slow: 4003, noPong: 4004, rate: 4006, unavailable: 4007, overloaded: 4008, badTicket: 4401,
      badFrames: 4500, disabled: 4503, revoked: 4504, version: 4505, tooManyConnections: 4506,
    })
  })

  test('[C1] reasons are short ASCII tokens, one for every code of the server above 4000', () => {
    for (const reason of Object.values(closeReasons)) expect(reason).toMatch(/^[a-z_]{1,123}$/)
    const own = Object.values(closeCodes).filter(code => code > closeCodes.stale)
    expect(own.filter(code => closeReasons[code] === undefined)).toEqual([])
  })
})

test('[S4] a reject has one HTTP status each', () => {
  const table = Object.fromEntries(rejectCodes.map(code => [code, rejectStatus(code)]))
  expect(table).toEqual({
    not_found: 404, forbidden: 403, cid_conflict: 409, conversation_closed: 410,
    too_long: 422, empty: 422, filtered: 422, bad_content: 422, bad_target: 422, attachment_missing: 422, unsupported: 422,
  })
})
