import * as v from 'valibot'
import type { InviteTerms } from '#parley/server/auth/invites.ts'

const minute = 60_000
const year = 366 * 24 * 60 * minute

const fields = v.object({
  expiresIn: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(minute), v.maxValue(year))),
  maxUses: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(100_000))),
  registers: v.optional(v.boolean()),
})

/** The body that asks for an invite. */
export const inviteTermsFields = fields

/** Without the fields that were not given. */
export const inviteTerms = ({ expiresIn, maxUses, registers }: v.InferOutput<typeof fields>): InviteTerms => ({
  ...(expiresIn === undefined ? {} : { expiresIn }),
  ...(maxUses === undefined ? {} : { maxUses }),
  ...(registers === undefined ? {} : { registers }),
})
