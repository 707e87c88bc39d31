import { clientOf } from '#parley/server/utils/client-facts.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { endLogins } from '#parley/server/utils/revocation.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'
import { fromSharedDevice, readLoginId, writeLoginId } from '#parley/server/utils/session-cookie.ts'

/** Opens a log-in session for a user who has just proved who they are, and hands it to the browser. */
export async function startLogin(event: RequestEvent, user: string): Promise<void> {
  const { logins } = useParley()
  await endLoginOf(event)
  const login = await logins.open(user, {
    userAgent: getRequestHeader(event, 'user-agent') ?? '', address: clientOf(event).address, shared: fromSharedDevice(event),
  })
  await writeLoginId(event, login.id)
}

/** Revokes the login of this request's cookie, if it has one: nobody would ever use it again. */
export async function endLoginOf(event: RequestEvent): Promise<void> {
  const { store, logins } = useParley()
  const id = await readLoginId(event)
  const resumed = id === undefined ? undefined : await logins.resume(id)
  if (resumed === undefined) return
  const { user } = resumed.login
  if (await store.revokeLogin(user, resumed.login.id)) endLogins(user, [resumed.login.id])
}
