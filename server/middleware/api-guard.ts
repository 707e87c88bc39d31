import { originAllowed } from '#parley/server/auth/origin.ts'
import { bearerToken } from '#parley/server/utils/bearer-token.ts'
import { clientOf } from '#parley/server/utils/client-facts.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { HttpRefusal, refusal, sendRefusal } from '#parley/server/utils/http-refusal.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'
import { hasSessionCookie } from '#parley/server/utils/session-cookie.ts'
import { timing } from '#parley/shared/protocol/index.ts'

const readOnly: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * A3 for HTTP writes. Browsers name the origin of every write, so a cookie without one comes from no page of ours. A bearer token is
 * never sent by a browser on its own and needs no check.
 */
function originFits(event: RequestEvent): boolean {
  if (readOnly.has(event.method)) return true
  if (bearerToken(event) !== undefined) return true
  const origin = getRequestHeader(event, 'origin')
  if (origin === undefined) return !hasSessionCookie(event)
  return originAllowed(origin, clientOf(event).hosts, useParley().settings.allowedOrigins)
}

/** What holds for every call of the HTTP interface, before its handler is looked for. */
export default defineEventHandler((event) => {
  if (!event.path.startsWith('/api/')) return
  setResponseHeaders(event, { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
  // The session library's own endpoints know nothing of log-in sessions on the server.
  if (event.path.startsWith('/api/_auth/')) return sendRefusal(event, refusal('not_found'))
  if (!originFits(event)) return sendRefusal(event, refusal('foreign_origin'))
  if (useParley().chat.draining && !readOnly.has(event.method)) {
    setResponseHeader(event, 'connection', 'close')
    return sendRefusal(event, new HttpRefusal(503, 'store_unavailable', 'the server is restarting', timing.drainSpread))
  }
})
