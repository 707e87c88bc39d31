import { createChatClient } from '#parley/client/chat-client.ts'
import { createStillEnvironment } from '#parley/client/still-environment.ts'
import type { ChatHost } from '#parley/composables/useChatHost.ts'
import { createChatHost } from '#parley/composables/useChatHost.ts'
import type { FirstPaint } from '#parley/shared/first-paint.ts'

/** The client of the browser, in a world in which nothing happens: it shows what a page comes with. */
export function createStillChat(firstPaint: FirstPaint | undefined): ChatHost {
  const chat = createChatHost(() => {
    throw new Error('a chat client that lives is in the browser only')
  })
  // Nothing comes alive here: what a device kept is not even asked for. A promise of each page, since one for all would hold every page that waits for it.
  const alive = new Promise<void>(() => undefined)
  if (firstPaint !== undefined) chat.adopt(createChatClient({ account: firstPaint.account, environment: createStillEnvironment(firstPaint.at), firstPaint, alive }))
  return chat
}
