import type { AuditAct } from '#parley/shared/administration.ts'
import type { Account, JsonValue } from '#parley/shared/model.ts'
import type { AuditEntry } from '#parley/server/chat/moderation-port.ts'

/** Who acts, and from where. */
export interface Actor { account: Account, address: string }

/** Whoever runs the server, at its command line: nobody with an account here, and the audit log names nobody. */
export interface Operator { account?: undefined, address: string }

/** The line of the audit log for an act. */
export function auditOf({ account, address }: Actor | Operator, at: number, act: AuditAct, about: { target?: string, name?: string, detail?: JsonValue } = {}): AuditEntry {
  return { ...(account === undefined ? {} : { actor: account.id }), address, at, act, ...about }
}
