import { createBrowserEnvironment } from '#parley/client/browser-environment.ts'
import { createChatClient } from '#parley/client/chat-client.ts'
import type { Environment } from '#parley/client/environment.ts'
import { createChatHost } from '#parley/composables/useChatHost.ts'

/** Label of this page in the user's list of connections (T1). */
const appname = 'parley-web'

/** The composition root of the browser: one environment, and one chat client at a time upon it. */
export default defineNuxtPlugin(() => {
  let environment: Environment | undefined
  const chat = createChatHost((account) => {
    environment ??= createBrowserEnvironment()
    return createChatClient({ account, environment, appname })
  })
  return { provide: { chat } }
})
