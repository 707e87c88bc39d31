import { useParley } from '#parley/server/utils/chat.ts'
import { assemblePage } from '#parley/server/utils/page-assembly.ts'
import { chatAddress, readFirstPaint } from '#parley/server/utils/first-paint.ts'
import type { PaintOutcome } from '#parley/server/utils/first-paint.ts'

/** Longer (ms) no page waits for the store: the browser shows what the device holds, as it does without a server. */
const patience = 250

/** The outcome, or after a while the one that needs no store. A read that is given up ends by itself. */
function withinPatience(reading: Promise<PaintOutcome>): Promise<PaintOutcome> {
  let timer: ReturnType<typeof setTimeout>
  const late = new Promise<PaintOutcome>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'shell' }), patience)
  })
  return Promise.race([reading, late]).finally(() => clearTimeout(timer))
}

/**
 * Gives pages of the chat what they show first, before Vue renders them. Whatever goes wrong on the way costs a page its first view and
 * nothing else. Who is not logged in is sent to the log-in page at once.
 */
export default defineEventHandler(async (event) => {
  if (event.method !== 'GET' || !event.path.startsWith('/chat')) return
  const address = chatAddress(event.path)
  if (address === undefined) return
  // Other people's words must lie in no cache, the browser's included: log-out erases the device's own and could not reach it (X33).
  setResponseHeader(event, 'cache-control', 'private, no-store')
  const outcome = await withinPatience(readFirstPaint(event, address).catch((error: unknown): PaintOutcome => {
    useParley().log.warn('a page goes without its first view', { error })
    return { kind: 'shell' }
  }))
  if (outcome.kind === 'signed-out') return sendRedirect(event, event.path === '/chat' ? '/login' : `/login?next=${encodeURIComponent(event.path)}`)
  if (outcome.kind === 'painted') {
    const page = await assemblePage(event, outcome.json).catch((error: unknown) => {
      useParley().log.warn('a page could not be made of its parts; it is rendered whole', { error })
    })
    if (page !== undefined) return page
    event.context.firstPaint = outcome.json
  }
  else event.context.nuxt = { ...event.context.nuxt, noSSR: true }
})
