import { createStillChat } from '#parley/composables/still-chat.ts'
import { loadRichView } from '#parley/composables/timeline/rich-view.ts'
import type { FirstPaint } from '#parley/shared/first-paint.ts'

/** The composition root of a page that the server renders: the same client as in the browser, that shows what the page comes with. */
export default defineNuxtPlugin(async () => {
  const json = useRequestEvent()?.context.firstPaint
  const firstPaint = json === undefined ? undefined : JSON.parse(json) as FirstPaint
  if (firstPaint !== undefined) await loadRichView()
  return { provide: { chat: createStillChat(firstPaint), firstPaint } }
})
