import * as v from 'valibot'
import type { AuditQuery } from '#parley/server/chat/administration-port.ts'
import { numberInQuery } from '#parley/server/utils/field-schemas.ts'
import { readQuery } from '#parley/server/utils/request-body.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'
import { auditActs } from '#parley/shared/administration.ts'

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(64))
const fields = v.object({
  act: v.optional(v.picklist(auditActs)), actor: v.optional(id), target: v.optional(id),
  since: v.optional(numberInQuery), until: v.optional(numberInQuery), before: v.optional(numberInQuery),
})

/** Which lines of the audit log a request asks for. */
export function auditQuery(event: RequestEvent): Omit<AuditQuery, 'limit'> {
  const given = Object.entries(readQuery(event, fields)).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given)
}
