import type { IncomingMessage } from 'node:http'

/** A name that nobody has: requests that come with it get an answer, but are of no origin of ours and not from this machine. */
const nobody = 'host.invalid'

const plainHost = /^(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i
/** Whether `value` is a host, with or without a port. */
const isHost = (value: string): boolean => plainHost.test(value) && URL.canParse(`http://${value}`)

/** A proxy may be asked for a whole address, and so may every server (RFC 9112, 3.2.2). */
function pathOf(target: string): string {
  // Two slashes begin the name of another server, once this is made an address.
  if (target.startsWith('/')) return target.replace(/^\/{2,}/, '/')
  const path = /^https?:\/\/[^/?#]*(\/[^#]*)?/i.exec(target)?.[1]
  return path ?? '/'
}

/**
 * Makes the head of a request such that everything behind can make an address of it. Nitro, the WebSocket adapter and the language module
 * each do, with what the client calls its host, and what they throw then becomes a 500 with a stack in the log, or an answer that is no
 * answer of ours (X40).
 */
export function tidyHead(request: Pick<IncomingMessage, 'headers' | 'url'>): void {
  const { headers } = request
  if (headers.host === undefined || !isHost(headers.host)) headers.host = nobody
  const forwarded = headers['x-forwarded-host']
  if (forwarded !== undefined && !String(forwarded).split(',').every(host => isHost(host.trim()))) delete headers['x-forwarded-host']
  // The framework talks to itself with it; from outside it would show its own error page for anything.
  delete headers['x-nuxt-error']
  request.url = pathOf(request.url ?? '/')
}
