import { originAllowed } from '#parley/server/auth/origin.ts'
import type { TicketGrant, Tickets } from '#parley/server/auth/tickets.ts'
import { closeCodes, limits, SUBPROTOCOL } from '#parley/shared/protocol/index.ts'

/** What an upgrade request shows (T1, T2, A3). */
export interface UpgradeRequest {
  /** Path and query, or a whole URL. */
  url: string
  header(name: string): string | undefined
}

/** What is decided at the upgrade and carried out once the socket is open. */
export type Seat
  /**
   * `forwardedHost`: the origin fits only the forwarded host, which counts only if the peer turns out to be a trusted proxy.
   * `forwardedFor`: that header; to read it from the open socket would build all headers of its request once more.
   */
  = | { kind: 'seat', grant: TicketGrant, appname: string, forwardedHost: boolean, forwardedFor: string | undefined }
    | { kind: 'close', code: number }

/** 403, 429 and 503 refuse the upgrade itself; everything else is told after it, where browser code can see it (A2). */
export type Admission = { ok: true, seat: Seat } | { ok: false, status: 403 | 429 | 503 }

export interface AdmissionOptions {
  tickets: Tickets
  allowedOrigins: readonly string[]
  /** False: too many upgrades from this client's network lately (A4, X21). Counts this one. */
  mayTry(): boolean
  /** False: draining (L5), or the cap on all connections or on those of the client's address is reached (A4). */
  hasRoom(): boolean
}

/** The offered subprotocols, in the client's order. */
const offeredProtocols = (header: string | undefined): string[] => header?.split(',').map(item => item.trim()).filter(item => item !== '') ?? []

/** T2: picks our version, or echoes the first one offered, since a browser never sees why a 101 without its subprotocol failed. */
export function chooseProtocol(offered: ReadonlySet<string>): string | false {
  if (offered.has(SUBPROTOCOL)) return SUBPROTOCOL
  const [first] = offered
  return first ?? false
}

type OriginVerdict = 'absent' | 'own' | 'forwarded' | 'foreign'

function judgeOrigin(request: UpgradeRequest, allowed: readonly string[]): OriginVerdict {
  const origin = request.header('origin')
  if (origin === undefined || origin === '') return 'absent'
  if (originAllowed(origin, [request.header('host') ?? ''], allowed)) return 'own'
  const forwarded = request.header('x-forwarded-host')?.split(',')[0]?.trim()
  return forwarded !== undefined && originAllowed(origin, [forwarded], []) ? 'forwarded' : 'foreign'
}

/** A label is decoration: control characters and halves of surrogate pairs go, the rest is cut (T1). */
const cleanAppname = (appname: string): string =>
  Array.from(appname.toWellFormed().replace(/\p{Cc}/gu, '')).slice(0, limits.appnameLength).join('')

/** Reads the query without `new URL`: it throws on hosts that a client may well send, and nothing may throw in an upgrade (K7). */
function queryOf(url: string): URLSearchParams {
  const start = url.indexOf('?')
  return new URLSearchParams(start < 0 ? '' : url.slice(start + 1))
}

/**
 * Judges an upgrade (A2–A4, T1, T2, L5) without waiting for anything: a slow upgrade is a socket that nobody owns. The origin is
 * looked at before the ticket, so that a foreign page cannot burn one.
 */
export function admit(request: UpgradeRequest, { tickets, allowedOrigins, mayTry, hasRoom }: AdmissionOptions): Admission {
  const origin = judgeOrigin(request, allowedOrigins)
  if (origin === 'foreign') return { ok: false, status: 403 }
  // After the origin: foreign pages must not use up what their visitors may try.
  if (!mayTry()) return { ok: false, status: 429 }
  if (!hasRoom()) return { ok: false, status: 503 }
  const offered = offeredProtocols(request.header('sec-websocket-protocol'))
  if (offered.length > 0 && !offered.includes(SUBPROTOCOL)) return { ok: true, seat: { kind: 'close', code: closeCodes.version } }
  const query = queryOf(request.url)
  const grant = tickets.take(query.get('token') ?? '')
  if (grant === undefined) return { ok: true, seat: { kind: 'close', code: closeCodes.badTicket } }
  if (origin === 'absent' && grant.via === 'cookie') return { ok: false, status: 403 }
  const seat: Seat = {
    kind: 'seat',
    grant,
    appname: cleanAppname(query.get('appname') ?? ''),
    forwardedHost: origin === 'forwarded',
    forwardedFor: request.header('x-forwarded-for'),
  }
  return { ok: true, seat }
}
