import { BlockList, isIP } from 'node:net'

/** Which peers may speak for others, by `X-Forwarded-…` (NUXT_TRUST_PROXY, X20). */
export interface ProxyTrust {
  trusts(address: string): boolean
}

/** What is known of the client of a request or socket. */
export interface ClientFacts {
  /** Its address; that of the nearest peer that is not a trusted proxy. */
  address: string
  /** Hosts under which it reached us: `Host`, and the forwarded one from a trusted proxy. */
  hosts: string[]
  /** Whether it used https, as far as we or a trusted proxy can tell. */
  secure: boolean
}

type HeaderReader = (name: string) => string | undefined

const networks: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', 'fc00::/7', 'fe80::/10'],
}

/** An IPv4 address as IPv6 sockets show it (`::ffff:127.0.0.1`) is that IPv4 address. */
const plainAddress = (address: string): string => {
  const bare = address.replace(/%.*$/, '')
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(bare) ? bare.slice(7) : bare
}

function addNetwork(list: BlockList, network: string): boolean {
  const [address = '', length, ...rest] = network.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  const bits = length === undefined ? (family === 4 ? 32 : 128) : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN
  if (!(bits <= (family === 4 ? 32 : 128))) return false
  list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6')
  return true
}

function within(list: BlockList, address: string): boolean {
  const family = isIP(address)
  return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

const named = (name: string): BlockList => {
  const list = new BlockList()
  for (const network of networks[name] ?? []) addNetwork(list, network)
  return list
}
const loopback = named('loopback')
const privateNetworks = named('private')

/** A peer without an address came over a Unix socket: it is on this machine. */
export const isLoopback = (address: string): boolean => address === '' || within(loopback, plainAddress(address))

/**
 * @param setting comma-separated: `loopback`, `private`, `none`, addresses, networks (`10.1.0.0/16`)
 * @throws Error naming the part that is none of these
 */
export function parseProxyTrust(setting: string): ProxyTrust {
  const list = new BlockList()
  let local = false
  for (const part of setting.split(',').map(item => item.trim()).filter(item => item !== '' && item !== 'none')) {
    local ||= part === 'loopback'
    for (const network of networks[part] ?? [part]) {
      if (!addNetwork(list, network)) throw new Error(`"${part}" is not an address, a network, loopback, private or none`)
    }
  }
  return { trusts: address => (address === '' ? local : within(list, plainAddress(address))) }
}

/** Follows `X-Forwarded-For` from its near end, as long as who wrote the entry is trusted: what a client put there itself is never reached. */
function forwardedAddress(peer: string, header: string | undefined, trust: ProxyTrust): string {
  let address = plainAddress(peer)
  const entries = header?.split(',').map(entry => plainAddress(entry.trim())) ?? []
  while (entries.length > 0 && trust.trusts(address)) {
    const next = entries.pop()!
    if (isIP(next) === 0) break
    address = next
  }
  return address
}

/**
 * @param peer address of the other end of the connection; empty over a Unix socket
 * @param encrypted whether this process itself speaks TLS on it
 */
export function clientFacts(peer: string, encrypted: boolean, header: HeaderReader, trust: ProxyTrust): ClientFacts {
  const trusted = trust.trusts(peer)
  const forwardedHost = trusted ? header('x-forwarded-host')?.split(',')[0]?.trim() : undefined
  const protocol = trusted ? header('x-forwarded-proto')?.split(',')[0]?.trim().toLowerCase() : undefined
  return {
    address: forwardedAddress(peer, header('x-forwarded-for'), trust),
    hosts: [header('host') ?? '', forwardedHost ?? ''].filter(host => host !== ''),
    secure: protocol === undefined ? encrypted : protocol === 'https',
  }
}

/**
 * The address that the per-address cap counts (A4); empty = not capped. Loopback and private addresses that are no trusted proxies are
 * often one address for a whole site.
 */
export function cappedAddress(address: string, trust: ProxyTrust): string {
  if (isLoopback(address)) return ''
  return within(privateNetworks, address) && !trust.trusts(address) ? '' : address
}

export { networkOf } from '#parley/server/chat/network.ts'
