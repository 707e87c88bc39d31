import { useParley } from '#parley/server/utils/chat.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import type { UsersResponse } from '#parley/shared/http.ts'
import type { Account } from '#parley/shared/model.ts'

/** Every connection is told the whole list, so it is kept short enough to be told. */
const mostBlocked = 1_000

/**
 * Blocks somebody, or takes it back, and tells the caller's other devices.
 *
 * @returns who is blocked now
 */
export async function blockUser({ role: _role, ...account }: Account, user: string, on: boolean): Promise<UsersResponse> {
  const { store, chat } = useParley()
  const [known] = await store.usersById([user])
  if (user === account.id || known === undefined || (on && known.deleted)) throw refusal('not_found')
  if (on && (await store.blockedBy(account.id)).length >= mostBlocked) throw refusal('forbidden')
  await store.setBlock(account.id, user, on)
  const users = await store.blockedBy(account.id)
  chat.tellUser({ user: account, blocked: users.map(({ id }) => id) })
  return { users }
}
