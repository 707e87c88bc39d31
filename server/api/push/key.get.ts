import { apiHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'

/** The public key that a browser needs to subscribe to pushes of this server. */
export default apiHandler(() => ({ key: useParley().push.publicKey }))
