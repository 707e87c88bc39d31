import { fault, note, ok, warning } from '#parley/cli/doctor/finding.ts'
import type { Finding } from '#parley/cli/doctor/finding.ts'
import type { Target } from '#parley/cli/doctor/http-probe.ts'
import { askFacts } from '#parley/cli/doctor/server-checks.ts'
import { upgrade } from '#parley/cli/doctor/socket-probe.ts'
import type { Ending, ProbeSocket, Upgrade } from '#parley/cli/doctor/socket-probe.ts'
import type { DiagnosisResponse } from '#parley/shared/http.ts'
import { closeCodes, SUBPROTOCOL } from '#parley/shared/protocol/index.ts'

const socketPath = '/_ws'
/** Ms in which a close frame that has been sent must arrive. */
const delivery = 3_000

const stayed = { kind: 'stayed' } as const

/** How a socket ended, or that it did not. */
export async function endingWithin(socket: ProbeSocket, ms: number): Promise<Ending | typeof stayed> {
  const { promise, resolve } = Promise.withResolvers<typeof stayed>()
  const timer = setTimeout(() => resolve(stayed), ms)
  return Promise.race([socket.ended, promise]).finally(() => clearTimeout(timer))
}

/** Without a ticket the server opens the socket and says 4401 (A2): all that lies between has then done its part. */
async function judgeOpen({ socket, protocol, genuine }: Extract<Upgrade, { kind: 'open' }>): Promise<Finding> {
  const ending = await endingWithin(socket, delivery)
  socket.dispose()
  if (!genuine) return fault('upgrade', 'the upgrade is answered by something that is no WebSocket server (wrong Sec-WebSocket-Accept)', 'upgrade')
  if (ending.kind === 'stayed') return fault('upgrade', `what the server sends over the socket does not arrive within ${delivery / 1000} s: something between holds it back`, 'responseBuffering')
  if (protocol !== SUBPROTOCOL) return fault('upgrade', `the subprotocol ${SUBPROTOCOL} gets lost on the way (Sec-WebSocket-Protocol): browsers then close the socket`, 'subprotocol')
  if (ending.kind === 'cut') return fault('upgrade', 'the socket opens and is cut at once, without a close frame', 'upgrade')
  if (ending.code !== closeCodes.badTicket) return warning('upgrade', `the socket opens, but a client without a ticket is told ${ending.code} instead of ${closeCodes.badTicket}`)
  return ok('upgrade', 'sockets open through everything between')
}

/** Why the server or something before it did not open a socket to a page of its own. */
function judgeRefusal({ status, body }: Extract<Upgrade, { kind: 'refused' }>, facts: DiagnosisResponse | undefined): Finding {
  // The server saw a plain request for the socket's path.
  if (status === 426) {
    return facts?.httpVersion === '1.0'
      ? fault('upgrade', 'no socket opens: HTTP/1.0 between proxy and server knows no upgrade', 'httpVersion')
      : fault('upgrade', 'no socket opens: the headers Upgrade and Connection do not reach the server', 'upgrade')
  }
  if (status === 403 && body === '') return fault('upgrade', 'no socket opens: the server takes its own pages for foreign ones, since the proxy changes Host or Origin', 'host')
  if (status === 404) return fault('upgrade', `no socket opens: ${socketPath} does not reach the server under this path`, 'path')
  if (status === 503) return fault('upgrade', 'no socket opens: the server is full or restarting (503)')
  if (status === 502 || status === 504) return fault('upgrade', `no socket opens: the proxy fails at the upgrade (${status})`, 'upgrade')
  return fault('upgrade', `no socket opens: ${socketPath} is answered with ${status} instead of 101`, 'upgrade')
}

/** Whether a page of this server gets a socket. */
export async function checkUpgrade(target: Target, facts: DiagnosisResponse | undefined): Promise<Finding[]> {
  const outcome = await upgrade(target, socketPath, target.url.origin)
  if (outcome.kind === 'open') return [await judgeOpen(outcome)]
  if (outcome.kind === 'refused') return [judgeRefusal(outcome, facts)]
  return [fault('upgrade', `no socket opens: ${outcome.reason}`, 'upgrade')]
}

/** A page of somebody else (RFC 2606). */
const foreign = 'https://elsewhere.invalid'

/** Whether a page of somebody else does not get a socket (X2). */
export async function checkOrigin(target: Target, facts: DiagnosisResponse | undefined): Promise<Finding[]> {
  const outcome = await upgrade(target, socketPath, foreign)
  if (outcome.kind === 'open') outcome.socket.dispose()
  if (outcome.kind === 'refused' && outcome.status === 403 && facts?.origin === target.url.origin) return [ok('origin', 'pages of other sites get no socket')]
  const seen = facts === undefined ? foreign : (await askFacts(target, { origin: foreign }))?.origin
  if (seen === null || facts?.origin === null) return [fault('origin', 'the proxy removes the Origin of requests: the server cannot tell its own pages from foreign ones', 'origin')]
  if (seen !== undefined && seen !== foreign) return [fault('origin', `the proxy changes the Origin of requests to ${seen}: pages of any site pass for the server's own`, 'origin')]
  if (outcome.kind === 'open') return [fault('origin', 'a page of any other site gets a socket', 'allowedOrigins')]
  return [note('origin', 'not looked at: no socket opens')]
}
