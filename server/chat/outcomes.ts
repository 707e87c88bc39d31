import type { RejectCode } from '#parley/shared/protocol/index.ts'
import type { Outcome } from '#parley/server/chat/chat-service.ts'

export type Refused = Extract<Outcome<never>, { ok: false }>

export const done = <T>(value: T): Outcome<T> => ({ ok: true, value })
export const refuse = (code: RejectCode, message: string): Refused => ({ ok: false, code, message })
/** The same for a stranger and for a conversation that does not exist (S8, X11). */
export const notFound = (): Refused => refuse('not_found', 'there is no such conversation')
