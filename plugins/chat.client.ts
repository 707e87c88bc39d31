import { createBrowserEnvironment } from '#parley/client/browser-environment.ts'
import { createChatClient } from '#parley/client/chat-client.ts'
import type { ChatClientOptions } from '#parley/client/chat-client.ts'
import type { Environment } from '#parley/client/environment.ts'
import { createChatHost } from '#parley/composables/useChatHost.ts'
import { hasForms } from '#parley/composables/timeline/message-text.ts'
import { loadRichView } from '#parley/composables/timeline/rich-view.ts'
import { firstPaintElement, zoneCookie } from '#parley/shared/first-paint.ts'
import type { FirstPaint } from '#parley/shared/first-paint.ts'
import { isSharedDevice } from '#parley/shared/shared-device.ts'

/** Label of this page in the user's list of connections (T1). */
const appname = 'parley-web'

/** What the page came with, taken out of it: read once, it would only grow old there. */
function takeFirstPaint(): FirstPaint | undefined {
  const element = document.getElementById(firstPaintElement)
  element?.remove()
  return element === null ? undefined : JSON.parse(element.textContent) as FirstPaint
}

/** Tells the server in which zone the next page is to write its times. */
function tellZone(): void {
  document.cookie = `${zoneCookie}=${encodeURIComponent(new Intl.DateTimeFormat().resolvedOptions().timeZone)}; path=/; max-age=31536000; samesite=lax`
}

/** The composition root of the browser: one environment, and one chat client at a time upon it. */
export default defineNuxtPlugin(async (nuxtApp) => {
  let environment: Environment | undefined
  const make = (options: Pick<ChatClientOptions, 'account' | 'firstPaint' | 'alive'>) => {
    const shared = isSharedDevice(document.cookie)
    // An earlier log-in in this page may have been of the other kind (X33).
    if (environment?.storage.durable !== !shared) environment = createBrowserEnvironment({ shared })
    return createChatClient({ ...options, environment, appname })
  }
  const chat = createChatHost(account => make({ account }))
  tellZone()
  const firstPaint = takeFirstPaint()
  if (firstPaint !== undefined) {
    // While Vue takes over what the server rendered, nothing may be other than it was there.
    const alive = new Promise<void>(resolve => nuxtApp.hooks.hookOnce('app:suspense:resolve', () => resolve()))
    chat.adopt(make({ account: firstPaint.account, firstPaint, alive }))
    chat.client.value?.start()
    // What the server has shown with its forms must be shown so at once; the page fetches ahead what that takes.
    if (firstPaint.page?.messages.some(({ content }) => content !== undefined && hasForms(content.text ?? '')) === true) await loadRichView()
  }
  return { provide: { chat, firstPaint } }
})
