/** The favicon with its badge, as a data URL: the same drawing as public/favicon.svg, smaller, and a disc with the count beside it. */

const mark = '<path fill="#6fb3a6" d="M7 0h6a7 7 0 0 1 7 7v6a7 7 0 0 1-7 7H2a2 2 0 0 1-2-2V7a7 7 0 0 1 7-7Z"/><path fill="#0d7a68" d="M11 0h2a7 7 0 0 1 7 7v6a2 2 0 0 1-2 2h-7a5 5 0 0 1-5-5V5a5 5 0 0 1 5-5Z"/>'

/** @param unread how many; two digits do not fit, so that from ten on the disc is plain */
export function badgedFavicon(unread: number): string {
  const count = unread < 10 ? `<text x="22" y="26.2" font-family="system-ui,sans-serif" font-size="13" font-weight="700" text-anchor="middle" fill="#fff">${unread}</text>` : ''
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><g transform="scale(1.4)">${mark}</g><circle cx="22" cy="22" r="10" fill="#fff"/><circle cx="22" cy="22" r="8.8" fill="#c8372d"/>${count}</svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}
