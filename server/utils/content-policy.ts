/** A content security policy as its header wants it. */
const policy = (directives: Readonly<Record<string, string>>): string => Object.entries(directives).map(([name, sources]) => `${name} ${sources}`).join('; ')

/** What nothing of this server ever needs: plugins, another base for its addresses, to stand in somebody's frame. */
const nowhere = { 'object-src': '\'none\'', 'base-uri': '\'none\'', 'frame-ancestors': '\'none\'' }

/**
 * The policy of a page (X27). A script or style counts if it is a file of this server or carries the page's nonce; markup that came in
 * through a message would have neither.
 *
 * - `style-src-attr` allows style attributes, nothing else of styles written into markup: a rendered page has the colours of people and
 *   the sizes of pictures in attributes, which take no nonce and can fetch nothing that `img-src` and `font-src` forbid.
 * - `blob:` is what a page has itself: files that are being sent, voices that were just recorded. `data:` is the badge on the icon.
 * - `connect-src 'self'` covers the socket, whose scheme follows the page's.
 * - A log-in elsewhere is gone to by a link, which `form-action` does not concern.
 *
 * @param nonce of this page alone
 */
export const pagePolicy = (nonce: string): string => policy({
  'default-src': '\'none\'',
  'script-src': `'self' 'nonce-${nonce}'`,
  'script-src-attr': '\'none\'',
  'style-src': `'self' 'nonce-${nonce}'`,
  'style-src-attr': '\'unsafe-inline\'',
  'img-src': '\'self\' blob: data:',
  'media-src': '\'self\' blob:',
  'font-src': '\'self\'',
  'connect-src': '\'self\'',
  'worker-src': '\'self\'',
  'manifest-src': '\'self\'',
  'form-action': '\'self\'',
  ...nowhere,
})

/** The policy of files of the build. Threads of a page live under that of their script, not under the page's. */
export const filePolicy = policy({ 'default-src': '\'self\'', 'form-action': '\'none\'', ...nowhere })

/** The policy of answers that are no document at all. */
export const dataPolicy = policy({ 'default-src': '\'none\'', 'form-action': '\'none\'', ...nowhere })

/**
 * Devices that a page may ask for: the microphone, for voice messages, by the page itself. Only names that every browser with this header
 * knows; it complains about others in the console.
 */
export const devices = 'camera=(), display-capture=(), geolocation=(), microphone=(self), midi=(), payment=(), usb=()'

/** Scripts and styles that the server itself writes get the nonce. Not what is in the rendered body: there are none, and shall be none. */
export const withNonce = (chunks: readonly string[], nonce: string): string[] =>
  chunks.map(chunk => chunk.replace(/<(script|style)(?=[\s>])/g, `<$1 nonce="${nonce}"`))
