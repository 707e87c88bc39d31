/** As long as the protocol allows, in UTF-16 units. */
const longest = 255

/** Control characters, and those that turn the direction of writing: "gpj.exe" could be made to read "exe.jpg" by one of them. */
// eslint-disable-next-line no-control-regex -- that they are control characters is the point
const treacherous = /[\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/g

/** A name that is safe to show and to save under: the last part of a path, without what deceives. Its ending is kept when it is too long. */
export function safeFileName(raw: string): string {
  const base = raw.toWellFormed().replace(treacherous, '').split(/[/\\]/).at(-1)?.trim() ?? ''
  if (base === '' || base === '.' || base === '..') return 'file'
  if (base.length <= longest) return base
  const ending = /\.[^.]{1,16}$/.exec(base)?.[0] ?? ''
  return base.slice(0, longest - ending.length).toWellFormed().replace(/\uFFFD$/, '') + ending
}

/** `Content-Disposition` with the name in both forms of RFC 6266: the plain one for old clients, the exact one for all others. */
export function disposition(inline: boolean, name: string): string {
  const plain = name.replace(/[^\x20-\x7E]/g, '_').replace(/["\\%]/g, '_')
  const exact = encodeURIComponent(name).replace(/['()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
  return `${inline ? 'inline' : 'attachment'}; filename="${plain}"; filename*=UTF-8''${exact}`
}
