import { useParley } from '#parley/server/utils/chat.ts'
import { PageFrames } from '#parley/server/utils/page-frames.ts'
import { setPageHeaders } from '#parley/server/utils/page-headers.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'
import type { FirstPaint } from '#parley/shared/first-paint.ts'
import type { PageParts } from '#parley/shared/page-parts.ts'

/** A page that is rendered whole, and may teach how the next ones are made. */
interface Lesson { family: string, view: FirstPaint, json: string, parts?: PageParts }

declare module 'h3' {
  interface H3EventContext {
    pageLesson?: Lesson
  }
}

const frames = new PageFrames()
/** All that this app sets on a page. Of what sets more, nothing is known, so its pages are rendered whole. */
const headers = new Set([
  'x-content-type-options', 'referrer-policy', 'cross-origin-resource-policy', 'content-security-policy', 'strict-transport-security', 'permissions-policy',
  'cross-origin-opener-policy', 'x-frame-options', 'cache-control', 'set-cookie',
])
/** A cookie of the language may be given to the next; the cookie of a log-in may go nowhere. */
const sharedCookie = 'parley-locale='
const ownCookie = 'parley-session='

/** In JSON a `<` stands only within texts; escaped, no message can end the element or begin another (X25). */
export const inElement = (json: string): string => json.replaceAll('<', '\\u003c')
/** As Nuxt's own payload writes the address of the page. */
const inPayload = (path: string): string => `"${path.replaceAll('/', '\\u002F')}"`

const ownLocale = /^(?:en|zh-CN)$/
const plainAddress = /^\/chat\/[\w-]+(?:\?at=(\d+))?$/
/** All that a page's looks depend on beside its first view; undefined where that is too much to keep. */
function familyOf(event: RequestEvent): string | undefined {
  const cookies = ['parley-locale', 'parley-theme', 'parley-send-key'].map(name => getCookie(event, name) ?? '')
  // Whoever has chosen is not asked by the browser's languages any more.
  const asked = ownLocale.test(cookies[0] ?? '') ? '' : getRequestHeader(event, 'accept-language') ?? ''
  const family = [asked, ...cookies].join('\n')
  return plainAddress.test(event.path) && family.length <= 200 ? family : undefined
}

const seqOf = (path: string): number | undefined => Number(plainAddress.exec(path)?.[1]) || undefined
const ownParts = ({ html }: PageParts, json: string, path: string): string[] => [...html, inElement(json), inPayload(path)]

/** The page of a first view, made of its parts; undefined: it must be rendered whole. */
export async function assemblePage(event: RequestEvent, json: string): Promise<Buffer | undefined> {
  const family = import.meta.dev ? undefined : familyOf(event)
  if (family === undefined) return undefined
  const view = JSON.parse(json) as FirstPaint
  const render = frames.renderer(family)
  const parts = await render?.(view, seqOf(event.path))
  const page = parts && frames.make(family, parts.frame, ownParts(parts, json, event.path), () => setPageHeaders(event))
  if (page === undefined) {
    // Only then: what hangs on a request outlives it until the collector looks at everything (docs/PERFORMANCE.md, P10).
    if (render === undefined || parts !== undefined) event.context.pageLesson = { family, view, json, ...(parts ? { parts } : {}) }
    return undefined
  }
  useParley().log.debug('a page was made of its parts')
  for (const cookie of page.cookies) appendResponseHeader(event, 'set-cookie', cookie)
  setResponseHeader(event, 'content-type', 'text/html;charset=utf-8')
  return page.html
}

/** The cookies of an answer that the next may have too; undefined of an answer that is like no other. */
function sharedCookies(event: RequestEvent): string[] | undefined {
  const { res } = event.node
  if (res.statusCode !== 200 || res.getHeaderNames().some(name => !headers.has(name))) return undefined
  const cookies = [res.getHeader('set-cookie') ?? []].flat().map(String).filter(cookie => !cookie.startsWith(ownCookie))
  return cookies.every(cookie => cookie.startsWith(sharedCookie)) ? cookies : undefined
}

/** Learns from a page that was rendered whole. */
export async function learnPage(event: RequestEvent, html: string): Promise<void> {
  const { pageLesson: lesson, pageNonce: nonce, pageParts: offered, firstPaint } = event.context
  const cookies = sharedCookies(event)
  if (lesson === undefined || nonce === undefined || offered === undefined || cookies === undefined || firstPaint !== lesson.json) return
  const { family, view, json } = lesson
  const offer = await offered
  if (offer !== undefined) frames.adopt(family, offer)
  const parts = lesson.parts ?? await frames.renderer(family)?.(view, seqOf(event.path))
  if (parts === undefined) return
  const found = frames.learn(family, parts.frame, { html, own: ownParts(parts, json, event.path), nonce, cookies, viewer: view.account.id, conversation: view.opened ?? '' })
  if (!found) useParley().log.debug('a page is not made of the parts that were rendered', { route: '/chat/:conversation' })
}
