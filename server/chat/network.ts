/**
 * What limits of a client's address count by: an IPv6 customer owns a whole /64, so that single addresses of it mean nothing (A4).
 *
 * @param address as written by a socket or checked before; IPv4 stays what it is
 */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail] = address.toLowerCase().split('::')
  const groups = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - last.length)
  return `${[...groups, ...Array.from({ length: zeros }, () => '0'), ...last].slice(0, 4).join(':')}::/64`
}
