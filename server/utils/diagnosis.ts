import type { ServerResponse } from 'node:http'
import { networkOf } from '#parley/server/auth/client-address.ts'
import { createRateLimiter } from '#parley/server/auth/rate-limiter.ts'
import { systemClock } from '#parley/server/config/system.ts'
import { clientOf } from '#parley/server/utils/client-facts.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'
import type { DiagnosisResponse } from '#parley/shared/http.ts'
import { limits, timing } from '#parley/shared/protocol/index.ts'

/** A browser or `parley doctor` asks a few times in a row; anybody may ask, so nobody may ask for long (X21). */
const attempts = createRateLimiter(systemClock, { burst: 60, refill: 1_000 })

/** Answers that are being held. Each is an open connection for up to a minute, which a stranger gets for one request: so only a few. */
const held = new Set<ServerResponse>()
const heldAtOnce = 8

/**
 * @throws HttpRefusal 429 when an address asks too often
 */
export function spendDiagnosis(event: RequestEvent): void {
  const wait = attempts.take(networkOf(clientOf(event).address))
  if (wait > 0) throw refusal('too_many_requests', wait)
}

const entriesOf = (header: string | undefined): number => header?.split(',').filter(entry => entry.trim() !== '').length ?? 0

/** What this server sees of the one who asks. Nothing in it is about anybody else, or about the machine. */
export function diagnose(event: RequestEvent): DiagnosisResponse {
  const { settings } = useParley()
  const { address, secure } = clientOf(event)
  const { req } = event.node
  return {
    address,
    secure,
    proxyTrusted: settings.trust.trusts(req.socket.remoteAddress ?? ''),
    forwardedFor: entriesOf(getRequestHeader(event, 'x-forwarded-for')),
    host: getRequestHeader(event, 'host') ?? null,
    forwardedHost: getRequestHeader(event, 'x-forwarded-host') ?? null,
    origin: getRequestHeader(event, 'origin') ?? null,
    httpVersion: req.httpVersion,
    serverTime: systemClock.now(),
    heartbeat: { interval: timing.heartbeatInterval, timeout: timing.peerTimeout },
    limits: { messageBytes: limits.clientMessageBytes, uploadBytes: settings.uploadLimit },
  }
}

/**
 * Sends the first half of an answer, is silent, and sends the rest: what stands between shows whether it hands on what it gets, and how
 * long it bears silence. The drain of a shutdown does not wait for it.
 *
 * @throws HttpRefusal 429 when too many are held already
 */
export function holdAnswer(response: ServerResponse, seconds: number): void {
  if (held.size >= heldAtOnce) throw refusal('too_many_requests', 10_000)
  held.add(response)
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'cache-control': 'no-store, no-transform' })
  response.write('begun\n')
  const timer = setTimeout(() => response.end('ended\n'), seconds * 1000)
  timer.unref()
  response.on('close', () => {
    clearTimeout(timer)
    held.delete(response)
  })
}
