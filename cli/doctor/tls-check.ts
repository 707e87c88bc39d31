import { isIP } from 'node:net'
import { checkServerIdentity, connect } from 'node:tls'
import type { PeerCertificate, TLSSocket } from 'node:tls'
import { fault, ok, warning } from '#parley/cli/doctor/finding.ts'
import type { Finding } from '#parley/cli/doctor/finding.ts'
import { reasonOf } from '#parley/cli/doctor/http-probe.ts'
import type { Target } from '#parley/cli/doctor/http-probe.ts'
import { hostOf } from '#parley/cli/doctor/network-checks.ts'

/** Days before its end at which a certificate that renews itself has long been renewed. */
const soon = 14
const day = 86_400_000

interface Seen { certificate: PeerCertificate, authorizationError: string | undefined, protocol: string | null }

/** A handshake as a client makes it, except that it goes on whatever the certificate is worth. */
function shake({ url, patience }: Target, ca: string | undefined): Promise<Seen | string> {
  const host = hostOf(url)
  return new Promise((resolve) => {
    const socket: TLSSocket = connect({
      host, port: Number(url.port) || 443, timeout: patience, rejectUnauthorized: false,
      ...(isIP(host) === 0 ? { servername: host } : {}), ...(ca === undefined ? {} : { ca }),
    }, () => {
      const error: unknown = socket.authorizationError
      resolve({ certificate: socket.getPeerCertificate(), authorizationError: error instanceof Error ? reasonOf(error) : typeof error === 'string' ? error : undefined, protocol: socket.getProtocol() })
      socket.destroy()
    })
    socket.on('error', error => resolve(reasonOf(error)))
    socket.on('timeout', () => {
      resolve('no answer')
      socket.destroy()
    })
  })
}

function chainFinding(error: string): Finding {
  if (error === 'DEPTH_ZERO_SELF_SIGNED_CERT') return fault('tls', 'the certificate is signed by itself: browsers refuse it, and no socket opens', 'certificate')
  if (error === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' || error === 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY') {
    return fault('tls', 'the certificate does not lead to an authority that is known here: intermediate certificates are missing, or the authority is private (--ca)', 'certificate')
  }
  if (error === 'SELF_SIGNED_CERT_IN_CHAIN') return fault('tls', 'the certificate comes from a private authority that browsers do not know (--ca trusts it for this look)', 'certificate')
  return fault('tls', `clients refuse the certificate (${error})`, 'certificate')
}

/** Name, time and chain, each told on its own: mending one does not help while another is wrong. */
function judge({ certificate, authorizationError, protocol }: Seen, host: string, now: number): Finding[] {
  const findings: Finding[] = []
  const ends = Date.parse(certificate.valid_to)
  const begins = Date.parse(certificate.valid_from)
  const days = Math.floor((ends - now) / day)
  if (now > ends) findings.push(fault('tls', `the certificate expired on ${new Date(ends).toISOString().slice(0, 10)}`, 'expired'))
  else if (now < begins) findings.push(fault('tls', `the certificate is valid only from ${new Date(begins).toISOString()}: the clock here or there is wrong`, 'clock'))
  else if (days < soon) findings.push(warning('tls', `the certificate expires in ${days} days, on ${new Date(ends).toISOString().slice(0, 10)}`, 'expired'))
  if (checkServerIdentity(host, certificate) !== undefined) findings.push(fault('tls', `the certificate is for ${certificate.subjectaltname ?? certificate.subject?.CN ?? 'no name'}, not for ${host}`, 'certificate'))
  const aboutTime = authorizationError === 'CERT_HAS_EXPIRED' || authorizationError === 'CERT_NOT_YET_VALID'
  if (authorizationError !== undefined && !aboutTime && !/ALTNAME/.test(authorizationError)) findings.push(chainFinding(authorizationError))
  return findings.length > 0 ? findings : [ok('tls', `${protocol ?? 'TLS'}; the certificate is for ${host}, from a known authority, and good for ${days} days`)]
}

/** @param ca PEM of a private authority to trust. */
export async function checkTls(target: Target, ca: string | undefined): Promise<Finding[]> {
  if (target.url.protocol !== 'https:') return []
  const seen = await shake(target, ca)
  if (typeof seen === 'string') return [fault('tls', `no TLS on this port (${seen}): is the certificate configured, and is this the port of https?`, 'certificate')]
  return judge(seen, hostOf(target.url), Date.now())
}
