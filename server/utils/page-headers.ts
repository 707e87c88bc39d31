import { randomBytes } from 'node:crypto'
import { clientOf } from '#parley/server/utils/client-facts.ts'
import { devices, pagePolicy } from '#parley/server/utils/content-policy.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'

declare module 'h3' {
  interface H3EventContext {
    /** What a script or style of this page must carry to run. */
    pageNonce?: string
  }
}

/** What holds for a page beside what holds for every answer. @returns the nonce of its scripts, good for this page alone */
export function setPageHeaders(event: RequestEvent): string {
  const nonce = randomBytes(16).toString('base64url')
  const { res } = event.node
  event.context.pageNonce = nonce
  res.setHeader('content-security-policy', pagePolicy(nonce))
  res.setHeader('permissions-policy', devices)
  // Over http it has no effect but a complaint in the console.
  if (clientOf(event).secure) res.setHeader('cross-origin-opener-policy', 'same-origin')
  // For browsers that do not know frame-ancestors.
  res.setHeader('x-frame-options', 'DENY')
  // A nonce is good for one page: no cache between here and the browser may give it to a second one.
  if (!res.hasHeader('cache-control')) res.setHeader('cache-control', 'private, no-cache')
  return nonce
}
