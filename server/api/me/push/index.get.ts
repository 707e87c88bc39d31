import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import type { PushDevicesResponse } from '#parley/shared/http.ts'

/** The browsers that the caller has pushes sent to; their endpoints are secrets and stay here. */
export default accountHandler(async (_event, { account, login }): Promise<PushDevicesResponse> => {
  const { store } = useParley()
  const now = Date.now()
  const [subscriptions, logins] = await Promise.all([store.pushSubscriptionsOf(account.id, now), store.loginsOf(account.id, now)])
  const agents = new Map(logins.map(({ id, userAgent }) => [id, userAgent]))
  return {
    devices: subscriptions.map(subscription => ({
      id: subscription.id,
      login: subscription.login,
      current: subscription.login === login,
      userAgent: agents.get(subscription.login) ?? '',
      createdAt: subscription.createdAt,
    })),
  }
})
