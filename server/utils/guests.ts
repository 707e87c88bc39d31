import { useParley } from '#parley/server/utils/chat.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import type { Account, UserSummary } from '#parley/shared/model.ts'

/** People whom a user shares a conversation with, and the user. */
async function acquaintances({ id }: Account): Promise<ReadonlySet<string>> {
  return new Set([...await useParley().store.contactsOf(id), id])
}

/** Of people, those whom a guest may know of (A9); everybody may know of all others. */
export async function knownTo(account: Account, people: UserSummary[]): Promise<UserSummary[]> {
  if (account.guest !== true) return people
  const known = await acquaintances(account)
  return people.filter(({ id }) => known.has(id))
}

/**
 * A guest speaks only to people met in a conversation (A9).
 *
 * @throws HttpRefusal 404, as if there were no such user
 */
export async function demandAcquaintance(account: Account, user: string): Promise<void> {
  if (account.guest === true && !(await acquaintances(account)).has(user)) throw refusal('not_found')
}
