import { randomBytes } from 'node:crypto'
import { clientOf } from '#parley/server/utils/client-facts.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'

const cookieName = 'parley-browser'

/** Seconds: longer than any step of a log-in stands. */
const age = 900

/** What a browser shows of itself while nobody is logged in; empty: nothing. */
export const browserOf = (event: RequestEvent): string => getCookie(event, cookieName)?.slice(0, 64) ?? ''

/**
 * The same, and a browser that shows nothing is given something. It decides nothing by itself: it keeps a step of a log-in in the browser
 * that began it (A11, A12). One for all tabs, so that a second page does not take the first one's away.
 */
export function bindBrowser(event: RequestEvent): string {
  const browser = browserOf(event) || randomBytes(24).toString('base64url')
  setCookie(event, cookieName, browser, { httpOnly: true, sameSite: 'strict', path: '/api/auth', secure: clientOf(event).secure, maxAge: age })
  return browser
}
