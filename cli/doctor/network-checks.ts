import { lookup } from 'node:dns/promises'
import { connect, isIP } from 'node:net'
import { fault, note, ok, warning } from '#parley/cli/doctor/finding.ts'
import type { Finding } from '#parley/cli/doctor/finding.ts'
import { ask, headerOf, reasonOf } from '#parley/cli/doctor/http-probe.ts'
import type { Target } from '#parley/cli/doctor/http-probe.ts'

const portOf = ({ protocol, port }: URL): number => Number(port) || (protocol === 'https:' ? 443 : 80)

/** A host as sockets want it: IPv6 without brackets. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '')

/** Names and addresses of this machine, where plain http is no risk and passkeys and service workers are allowed. */
export const isLocal = (url: URL): boolean => /^(localhost|127(\.\d+){3}|::1)$/.test(hostOf(url)) || url.hostname.endsWith('.localhost')

function reaches(address: string, port: number, patience: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: patience })
    const done = (reason: string | undefined) => {
      resolve(reason)
      socket.destroy()
    }
    socket.on('connect', () => done(undefined)).on('timeout', () => done('no answer')).on('error', error => done(reasonOf(error)))
  })
}

/** An address of one family that leads nowhere is felt by some people only, so all are tried. */
function reachFindings(port: number, tried: { address: string, reason: string | undefined }[], local: boolean): Finding[] {
  const dead = tried.filter(({ reason }) => reason !== undefined)
  // `localhost` is of both families everywhere, and servers of one are usual.
  if (dead.length === 0 || (local && dead.length < tried.length)) return [ok('reach', `port ${port} can be reached at ${tried.filter(({ reason }) => reason === undefined).map(({ address }) => address).join(', ')}`)]
  const list = dead.map(({ address, reason }) => `${address} (${reason})`).join(', ')
  if (dead.length === tried.length) return [fault('reach', `nothing answers on port ${port}: ${list}; is the proxy running, and does the firewall let this port through?`)]
  return [warning('reach', `the name leads to addresses where nothing answers on port ${port}: ${list}; mend or remove those DNS records (A, AAAA)`)]
}

/** DNS and TCP. @returns whether anything further can be asked */
export async function checkNetwork({ url, patience }: Target): Promise<{ findings: Finding[], goOn: boolean }> {
  const host = hostOf(url)
  let addresses: string[]
  try {
    addresses = [...new Set((await lookup(host, { all: true })).map(({ address }) => address))]
  }
  catch (error) {
    return { findings: [fault('dns', `${host} has no address (${reasonOf(error)}): make an A or AAAA record for it, or correct the URL`)], goOn: false }
  }
  const named = isIP(host) === 0 ? [ok('dns', `${host} is ${addresses.join(', ')}`)] : [note('dns', 'the URL holds an address instead of a name: public certificates are for names')]
  const tried = await Promise.all(addresses.map(async address => ({ address, reason: await reaches(address, portOf(url), patience) })))
  return { findings: [...named, ...reachFindings(portOf(url), tried, isLocal(url))], goOn: tried.some(({ reason }) => reason === undefined) }
}

/** Most people type a name without a scheme, and arrive by plain http. @param port where plain http is served; undefined: where it usually is */
export async function checkRedirect(target: Target, port: number | undefined): Promise<Finding[]> {
  const { url } = target
  if (url.protocol === 'http:') {
    return isLocal(url) ? [] : [fault('redirect', 'plain http: passwords and messages can be read on the way, and browsers allow no notifications, passkeys or offline page', 'certificate')]
  }
  if (port === undefined && url.port !== '') return [note('redirect', 'https is on a port of its own; whether plain http leads there is looked at with --http-port')]
  const plain = new URL(`http://${url.host}`)
  plain.port = String(port ?? 80)
  const answer = await ask({ ...target, url: plain }, '/login')
  if (answer.kind === 'none') return [note('redirect', `nothing answers plain http on port ${plain.port || 80} (${answer.reason}): people who type the name alone may not get through`)]
  const location = headerOf(answer.headers, 'location') ?? ''
  const to = URL.canParse(location, plain) ? new URL(location, plain) : undefined
  if (answer.status >= 300 && answer.status < 400 && to?.protocol === 'https:') {
    if (to.hostname !== url.hostname) return [warning('redirect', `plain http leads to another name, ${to.hostname}`, 'redirect')]
    return answer.status === 301 || answer.status === 308 ? [ok('redirect', 'plain http leads to https')] : [note('redirect', `plain http leads to https for this time only (${answer.status} instead of 301 or 308)`)]
  }
  return [fault('redirect', `plain http is answered with ${answer.status} instead of leading to https: passwords typed there can be read on the way`, 'redirect')]
}
