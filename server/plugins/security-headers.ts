import { clientOf } from '#parley/server/utils/client-facts.ts'
import { dataPolicy, filePolicy, withNonce } from '#parley/server/utils/content-policy.ts'
import { setPageHeaders } from '#parley/server/utils/page-headers.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'

/** A year. Without sub-domains: they may be somebody else's, and plain http. */
const strictTransport = 'max-age=31536000'

/** What holds for every answer, whoever makes it; handlers may say it more strictly. */
function setHeaders(event: RequestEvent): void {
  const { res } = event.node
  res.setHeader('x-content-type-options', 'nosniff')
  // A path may name a conversation, an invite or a link for a new password: nothing of it goes elsewhere (X8).
  res.setHeader('referrer-policy', 'same-origin')
  res.setHeader('cross-origin-resource-policy', 'same-origin')
  res.setHeader('content-security-policy', event.path.startsWith('/api/') ? dataPolicy : filePolicy)
  if (clientOf(event).secure) res.setHeader('strict-transport-security', strictTransport)
}

/**
 * What browsers are told to keep to (X8, X27, X36). In development the pages of Vite are full of inline scripts and styles, so only a
 * build has a policy; the tests on the built server hold it.
 */
export default defineNitroPlugin((nitroApp) => {
  if (import.meta.dev || import.meta.prerender) return
  const { options } = nitroApp.h3App
  const { onRequest } = options
  // Not by the hook `request`, which is asynchronous: it would cost each call more than all of this.
  options.onRequest = (event) => {
    setHeaders(event)
    return onRequest?.(event)
  }
  nitroApp.hooks.hook('render:html', (html, { event }) => {
    const nonce = setPageHeaders(event)
    for (const part of ['head', 'bodyPrepend', 'bodyAppend'] as const) html[part] = withNonce(html[part], nonce)
  })
  nitroApp.hooks.hook('render:response', (response) => {
    delete response.headers?.['x-powered-by']
  })
})
