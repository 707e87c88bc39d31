import { setStatus } from '#parley/server/utils/request-event.ts'
import type { Caller } from '#parley/server/auth/authenticator.ts'
import { RateLimited } from '#parley/server/chat/chat-service.ts'
import { StoreUnavailable } from '#parley/server/chat/ports.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { HttpRefusal, refusal, sendRefusal } from '#parley/server/utils/http-refusal.ts'
import { requireAccount } from '#parley/server/utils/require-account.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'

/** Ms after which a client may try a write again that the store could not take. */
const storeRetry = 1_000

function refusalOf(error: unknown): HttpRefusal | undefined {
  if (error instanceof HttpRefusal) return error
  if (error instanceof RateLimited) return refusal('too_many_requests', error.retryAfter)
  return error instanceof StoreUnavailable ? refusal('store_unavailable', storeRetry) : undefined
}

/**
 * A handler of the HTTP interface: whatever it throws becomes a JSON answer (PROTOCOL 11). An unforeseen error is logged by its route,
 * not by its URL or body, and tells the client nothing (X35).
 */
export const apiHandler = <T>(handle: (event: RequestEvent) => Promise<T> | T) => defineEventHandler(async (event) => {
  try {
    return await useParley().requests.track(() => handle(event))
  }
  catch (error) {
    const known = refusalOf(error)
    if (known !== undefined) return sendRefusal(event, known)
    useParley().log.error('request failed', { method: event.method, route: event.path.split('?')[0], error })
    setStatus(event, 500)
    return { statusCode: 500, message: 'internal error' }
  }
})

/** The same for logged-in callers only: 401 without a login. */
export const accountHandler = <T>(handle: (event: RequestEvent, caller: Caller) => Promise<T> | T) =>
  apiHandler(async event => handle(event, await requireAccount(event)))
