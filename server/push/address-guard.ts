import { lookup as resolve } from 'node:dns'
import type { LookupAddress } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import type { LookupFunction } from 'node:net'

/**
 * The address of a push service is given by the user: without this a member could have the server call what only the server can reach
 * (SSRF). Decided on the address that is really connected to, since a name may mean another one a moment later.
 */

const inner4 = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.0.2.0', 24],
  ['192.88.99.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
] as const) inner4.addSubnet(network, bits, 'ipv4')

/** Of IPv6 only global unicast is anybody's, and of that not what stands for IPv4 addresses or for examples. */
const global6 = new BlockList()
global6.addSubnet('2000::', 3, 'ipv6')
const inner6 = new BlockList()
for (const [network, bits] of [['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20]] as const) inner6.addSubnet(network, bits, 'ipv6')

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

const isLoopback = (address: string): boolean => isIP(address) !== 0 && loopback.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')

/** Whether an address belongs to the public internet. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !inner4.check(address, 'ipv4')
  return family === 6 && global6.check(address, 'ipv6') && !inner6.check(address, 'ipv6')
}

export interface AddressRule {
  /** For tests: push services on this machine, also over http. */
  allowLoopback: boolean
}

const permits = ({ allowLoopback }: AddressRule, address: string): boolean => isPublicAddress(address) || (allowLoopback && isLoopback(address))

/** Longer than those of any push service. */
const longestEndpoint = 2_048

/** What is wrong with an endpoint as it is written; undefined: nothing. */
export function endpointFault(endpoint: string, rule: AddressRule): string | undefined {
  if (endpoint.length > longestEndpoint || !URL.canParse(endpoint)) return 'not an address'
  const { protocol, hostname, username, password } = new URL(endpoint)
  const host = hostname.replace(/^\[|\]$/g, '')
  const local = rule.allowLoopback && (host === 'localhost' || isLoopback(host))
  if (protocol !== 'https:' && !(local && protocol === 'http:')) return 'not https'
  if (username !== '' || password !== '') return 'holds a password'
  if (isIP(host) !== 0 ? !permits(rule, host) : host === 'localhost' && !local) return 'not a public address'
  return undefined
}

class PrivateAddress extends Error {
  readonly code = 'EPRIVATE'
}

/** Resolves names for outgoing connections; one private address among a name's addresses is enough to refuse it. */
export function guardedLookup(rule: AddressRule, look: typeof resolve = resolve): LookupFunction {
  return (hostname, options, callback) => {
    look(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      const [first] = found ?? []
      if (error || !first) return callback(error ?? new PrivateAddress('no address'), '', 0)
      if (found.some(({ address }) => !permits(rule, address))) return callback(new PrivateAddress('not a public address'), '', 0)
      if (options.all) callback(null, found)
      else callback(null, first.address, first.family)
    })
  }
}
