import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import type { LoginsResponse } from '#parley/shared/http.ts'

/** The caller's log-ins, newest use first, with the sockets open on each. */
export default accountHandler(async (_event, { account, login }): Promise<LoginsResponse> => {
  const { store, chat } = useParley()
  const logins = await store.loginsOf(account.id, Date.now())
  const open = chat.connectionsOf(account.id)
  return {
    logins: logins.toSorted((a, b) => b.lastSeenAt - a.lastSeenAt).map(({ id, userAgent, address, createdAt, lastSeenAt }) => ({
      id,
      current: id === login,
      userAgent,
      address,
      createdAt,
      lastSeenAt,
      connections: open.filter(connection => connection.login === id).map(({ id, appname, openedAt }) => ({ id, appname, openedAt })),
    })),
  }
})
