import { createChatClient } from '#parley/client/chat-client.ts'
import { createStillEnvironment } from '#parley/client/still-environment.ts'
import { createChatHost } from '#parley/composables/useChatHost.ts'
import { loadRichView } from '#parley/composables/timeline/rich-view.ts'
import type { FirstPaint } from '#parley/shared/first-paint.ts'

/** The composition root of a page that the server renders: the same client as in the browser, that shows what the page comes with. */
export default defineNuxtPlugin(async () => {
  const chat = createChatHost(() => {
    throw new Error('a chat client that lives is in the browser only')
  })
  const json = useRequestEvent()?.context.firstPaint
  const firstPaint = json === undefined ? undefined : JSON.parse(json) as FirstPaint
  if (firstPaint !== undefined) await loadRichView()
  // Nothing comes alive here: what a device kept is not even asked for. A promise of each page, since one for all would hold every page that waits for it.
  const alive = new Promise<void>(() => undefined)
  if (firstPaint !== undefined) chat.adopt(createChatClient({ account: firstPaint.account, environment: createStillEnvironment(firstPaint.at), firstPaint, alive }))
  return { provide: { chat, firstPaint } }
})
