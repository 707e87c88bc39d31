/** Why an op was refused for good (S4: there are no retryable rejects). */
export const rejectCodes = [
  'not_found', 'forbidden', 'too_long', 'empty', 'bad_content', 'bad_target', 'cid_conflict', 'attachment_missing', 'conversation_closed', 'unsupported',
  'filtered',
] as const

export type RejectCode = (typeof rejectCodes)[number]

/** The HTTP status of the same refusal (PROTOCOL 5, last rule). */
export function rejectStatus(code: RejectCode): number {
  switch (code) {
    case 'not_found': return 404
    case 'forbidden': return 403
    case 'cid_conflict': return 409
    case 'conversation_closed': return 410
    default: return 422
  }
}
