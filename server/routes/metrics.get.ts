import { sameSecret } from '#parley/server/auth/secrets.ts'
import { createExposition } from '#parley/server/metrics/exposition.ts'
import type { Exposition } from '#parley/server/metrics/exposition.ts'
import type { MetricSources } from '#parley/server/metrics/sources.ts'
import { bearerToken } from '#parley/server/utils/bearer-token.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { sourceOf } from '#parley/server/utils/client-facts.ts'
import { refusal, sendRefusal } from '#parley/server/utils/http-refusal.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'

/** With a token whoever knows it, without one who asks on this machine; to all others there is nothing here. */
function mayRead(event: RequestEvent): boolean {
  const { metricsToken } = useParley().settings
  if (metricsToken === '') return sourceOf(event).local
  const given = bearerToken(event)
  return given !== undefined && sameSecret(given, metricsToken)
}

/** Made at the first scrape: a server that nobody scrapes measures no event loop. */
const expositions = new WeakMap<MetricSources, Exposition>()

/** What a Prometheus server collects (X38). */
export default defineEventHandler(async (event) => {
  setResponseHeader(event, 'cache-control', 'no-store')
  if (!mayRead(event)) return sendRefusal(event, refusal('not_found'))
  const { figures } = useParley()
  const exposition = expositions.get(figures) ?? createExposition(figures)
  expositions.set(figures, exposition)
  setResponseHeader(event, 'content-type', exposition.contentType)
  return exposition.text()
})
