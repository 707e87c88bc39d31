import { isIP } from 'node:net'
import { originAllowed } from '#parley/server/auth/origin.ts'

/** The place that a passkey belongs to (A12): browsers sign for this origin, and offer passkeys of this name only. */
export interface RelyingParty { origin: string, id: string }

/**
 * The relying party of a request. Not of `Host` alone, which whoever sends a request may choose: of the page's own origin, once that is
 * one of ours (A3). A foreign page that hands a browser's answers on is found out by the origin in them, and by the name in the passkey.
 *
 * @param hosts the `Host` header, and the forwarded host where its proxy is trusted
 * @returns undefined where browsers have no passkeys: without https, unless on this machine, and under a bare address
 */
export function relyingParty(origin: string | undefined, hosts: readonly string[], allowed: readonly string[]): RelyingParty | undefined {
  if (origin === undefined || !originAllowed(origin, hosts, allowed)) return undefined
  const { protocol, hostname, origin: exact } = new URL(origin)
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost')
  if (protocol !== 'https:' && !isLocal) return undefined
  return isIP(hostname) !== 0 || hostname.startsWith('[') ? undefined : { origin: exact, id: hostname }
}
