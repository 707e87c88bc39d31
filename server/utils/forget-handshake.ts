import type { Peer } from 'crossws'

const fieldsOf = (value: unknown): object | undefined => (typeof value === 'object' && value !== null ? value : undefined)

/**
 * Lets go of the request that opened a socket: its headers, twice, and all that Node keeps of a request, some 3 KB for as long as the
 * connection lives. The adapter has no public way to say so. Where its inside looks different nothing happens but the saving; what is
 * needed of the peer later (its context, with our seat and hooks) stays.
 */
export function forgetHandshake(peer: Peer): void {
  const inside = fieldsOf(Reflect.get(peer, '_internal'))
  const request = inside && fieldsOf(Reflect.get(inside, 'nodeReq'))
  const context: unknown = request && Reflect.get(request, '_context')
  if (inside === undefined || context === undefined || context !== peer.context) return
  Reflect.set(inside, 'nodeReq', { _context: context })
  Reflect.set(inside, 'request', undefined)
}
