import { setStatus } from '#parley/server/utils/request-event.ts'
import type { Actor } from '#parley/server/administration/admin.ts'
import type { Caller } from '#parley/server/auth/authenticator.ts'
import { RateLimited } from '#parley/server/chat/chat-service.ts'
import { StoreUnavailable } from '#parley/server/chat/ports.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { clientOf } from '#parley/server/utils/client-facts.ts'
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

/** As its handler is named, without what stands in the address: that may be a token (A6). */
const routeOf = (event: RequestEvent): string => event.context.matchedRoute?.path ?? ''

const isReset = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ECONNRESET'

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
    // The client has gone in the middle of its request: nobody's fault, and nobody reads the answer.
    if (event.node.req.destroyed && isReset(error)) return { statusCode: 400, message: 'the request is malformed' }
    useParley().log.error('request failed', { method: event.method, route: routeOf(event), error })
    setStatus(event, 500)
    return { statusCode: 500, message: 'internal error' }
  }
})

/** The same for logged-in callers only: 401 without a login. */
export const accountHandler = <T>(handle: (event: RequestEvent, caller: Caller) => Promise<T> | T) =>
  apiHandler(async event => handle(event, await requireAccount(event)))

/** Who acts, for the audit log. */
export const actorOf = (event: RequestEvent, { account }: Caller): Actor => ({ account, address: clientOf(event).address })

/** The same for admins of the server only. Everybody else who is logged in gets the answer of a call that does not exist. */
export const adminHandler = <T>(handle: (event: RequestEvent, actor: Actor) => Promise<T> | T) => accountHandler((event, caller) => {
  if (caller.account.role !== 'admin') throw refusal('not_found')
  return handle(event, actorOf(event, caller))
})
