import { apiHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { HttpRefusal, refusal } from '#parley/server/utils/http-refusal.ts'

/** Whether a load balancer should send people here: not while draining (L5), nor while the store takes no writes. */
export default apiHandler(async () => {
  const { chat, store } = useParley()
  if (chat.draining) throw new HttpRefusal(503, 'store_unavailable', 'the server is restarting')
  if (!await store.ready()) throw refusal('store_unavailable')
  return { status: 'ready' }
})
