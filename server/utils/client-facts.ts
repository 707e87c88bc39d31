import { clientFacts, isLoopback } from '#parley/server/auth/client-address.ts'
import type { ClientFacts } from '#parley/server/auth/client-address.ts'
import type { RequestSource } from '#parley/server/auth/accounts.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'

/** What is known of the client of an HTTP request. */
export function clientOf(event: RequestEvent): ClientFacts {
  const { socket } = event.node.req
  return clientFacts(socket.remoteAddress ?? '', 'encrypted' in socket && socket.encrypted === true, name => getRequestHeader(event, name), useParley().settings.trust)
}

const localName = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i

/**
 * Where a request came from. Local only if every host it was sent to is a local name too: behind a proxy that forwards no addresses
 * everybody seems to come from this machine, and the first user becomes the admin.
 */
export function sourceOf(event: RequestEvent): RequestSource {
  const { address, hosts } = clientOf(event)
  return { address, local: isLoopback(address) && hosts.length > 0 && hosts.every(host => localName.test(host)) }
}
