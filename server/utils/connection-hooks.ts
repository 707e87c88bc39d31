import type { Hooks, Peer } from 'crossws'

/** The hooks of the connection's route travel in the adapter's context, under a key of our own. */
const hooksKey = 'parleyHooks'

/** Only `upgrade` writes this key, so the value is what it put there. */
const hooksOf = (peer: Peer): Partial<Hooks> | undefined => peer.context[hooksKey] as Partial<Hooks> | undefined

/**
 * Hooks for all sockets that find those of the route once, at the upgrade. Left to itself the adapter looks them up behind a chain of
 * promises for each message, which costs more than decoding it, and puts microtasks between the messages of one read (K5).
 *
 * @param resolve finds the hooks of a route; a path without hooks gets 404, where the adapter would let anybody in (T1, K1)
 */
export function hooksByConnection(resolve: (request: Request) => Partial<Hooks> | undefined | Promise<Partial<Hooks> | undefined>): Partial<Hooks> {
  return {
    async upgrade(request) {
      const hooks = await resolve(request)
      if (hooks === undefined || Object.keys(hooks).length === 0) return new Response('not found', { status: 404 })
      const answer = await hooks.upgrade?.(request)
      if (answer instanceof Response) return answer
      return { ...answer, context: { ...answer?.context, [hooksKey]: hooks } }
    },
    open: peer => hooksOf(peer)?.open?.(peer),
    message: (peer, message) => hooksOf(peer)?.message?.(peer, message),
    close: (peer, details) => hooksOf(peer)?.close?.(peer, details),
    error: (peer, error) => hooksOf(peer)?.error?.(peer, error),
  }
}
