/** One host with an optional port; anything that could shift the meaning of a URL it is put into is no host. */
const hostShape = /^[^\s/\\@?#]+$/

function hostOf(scheme: string, host: string): string | undefined {
  if (!hostShape.test(host)) return undefined
  try {
    return new URL(`${scheme}//${host}`).host
  }
  catch {
    return undefined
  }
}

/**
 * Whether a browser's page may use this server (A3). Its host and port must be exactly those that the request was sent to, or the
 * whole origin one of the listed ones; `null`, suffix tricks and other schemes fail.
 *
 * @param hosts the `Host` header, and the forwarded host where its proxy is trusted
 */
export function originAllowed(origin: string, hosts: readonly string[], allowed: readonly string[]): boolean {
  if (allowed.includes(origin)) return true
  let url: URL
  try {
    url = new URL(origin)
  }
  catch {
    return false
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return false
  if (url.origin !== origin.toLowerCase()) return false
  return hosts.some(host => hostOf(url.protocol, host) === url.host)
}
