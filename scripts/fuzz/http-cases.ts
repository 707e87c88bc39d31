import type { RequestSeed } from '#parley/scripts/fuzz/corpus.ts'
import type { Dice } from '#parley/scripts/fuzz/dice.ts'
import { jsonBytes, mutated, mutatedBytes, oddPart } from '#parley/scripts/fuzz/mutations.ts'
import { filled } from '#parley/scripts/fuzz/places.ts'
import type { Attacker, Places } from '#parley/scripts/fuzz/places.ts'
import { png } from '#parley/tests/helpers/sample-files.ts'

/** A request as bytes, and what may be expected of the answer. */
export interface HttpCase {
  /** Which call it was made of. */
  seed: string
  bytes: Buffer
  /** Its end is where its head says: the server must answer. */
  whole: boolean
  /** Whether it is a request to the HTTP interface, as far as the server can tell. */
  call: boolean
}

const boundary = 'parley-fuzz'

function multipart(dice: Dice, form: 'file' | 'avatar'): Buffer {
  const picture = png(form === 'avatar' ? 64 : 8, form === 'avatar' ? 64 : 8)
  const file = dice.chance(0.5) ? mutatedBytes(dice, picture) : picture
  const name = dice.chance(0.3) ? oddPart(dice).slice(0, 500) : 'picture.png'
  const parts = [
    Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="note"\r\n\r\nx\r\n`),
    Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\ncontent-type: image/png\r\n\r\n`), file, Buffer.from('\r\n'),
    ...(dice.chance(0.3) ? [Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="preview"; filename="p"\r\n\r\n`), file, Buffer.from('\r\n')] : []),
    Buffer.from(`--${boundary}--\r\n`),
  ]
  const whole = Buffer.concat(dice.chance(0.15) ? parts.toReversed() : parts)
  return dice.chance(0.4) ? mutatedBytes(dice, whole) : whole
}

function bodyOf(dice: Dice, { body, form, method }: RequestSeed, places: Places): { type: string, bytes: Buffer } | undefined {
  if (form !== undefined) return { type: `multipart/form-data; boundary=${boundary}`, bytes: multipart(dice, form) }
  if (body === undefined && (method === 'GET' || dice.chance(0.7))) return undefined
  const sound = JSON.parse(filled(JSON.stringify(body ?? {}), places, dice)) as unknown
  const bytes = jsonBytes(dice, dice.chance(0.75) ? mutated(dice, sound) : sound)
  return { type: 'application/json', bytes: dice.chance(0.1) ? mutatedBytes(dice, bytes) : bytes }
}

/** The path of a seed with some of its places filled oddly. */
function targetOf(dice: Dice, seed: RequestSeed, places: Places): string {
  let path = seed.path.replace(/\{\w+\}/g, place => (dice.chance(0.12) ? oddPart(dice) : filled(place, places, dice)))
  if (dice.chance(0.05)) path = path.replaceAll('/', dice.pick(['//', '/./', '/../', '%2f', '\\', '/;/']))
  if (dice.chance(0.05)) path += `/${oddPart(dice)}`
  if (dice.chance(0.2)) path += `${path.includes('?') ? '&' : '?'}${dice.pick(['q', 'ids', 'before', 'after', 'around', 'limit', 'conversation', 'key', 'cursor', 'at', 'date', 'from', 'tz', 'state', '__proto__[x]', 'q[]', 'download'])}=${oddPart(dice)}`
  if (path.includes('?') && dice.chance(0.2)) path = path.replace(/=[^&]*/, () => `=${oddPart(dice)}`)
  return path.replaceAll(/[^\u0021-\u00FF]/g, '~')
}

function credentials(dice: Dice, { client, token }: Attacker): string[] {
  switch (dice.below(8)) {
    case 0: return []
    case 1: return [`cookie: ${dice.pick(['nuxt-session=', 'nuxt-session=Fe26.2**x', `${client.cookie}x`, 'a=b; '.repeat(200), client.cookie.slice(0, -9), `${client.cookie}; ${client.cookie}`])}`]
    case 2: return [`authorization: ${dice.pick(['Bearer', 'Bearer ', 'Bearer x', 'Basic eDp5', `Bearer ${token}x`, 'Bearer eyJhbGciOiJub25lIn0.e30.', `bearer  ${token}`])}`]
    case 3: return [`authorization: Bearer ${token}`]
    default: return [`cookie: ${client.cookie}`]
  }
}

function extraHeaders(dice: Dice): string[] {
  if (dice.chance(0.7)) return []
  const odd = oddPart(dice).slice(0, 4_000).replaceAll(/[^\u0020-\u00FF]/g, '~')
  return [`${dice.pick(['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded', 'accept', 'accept-language', 'range', 'if-none-match', 'if-modified-since', 'content-encoding', 'referer', 'user-agent', 'x-nuxt-error', 'x-http-method-override', 'sec-fetch-site', 'expect', 'upgrade', 'cookie'])}: ${dice.chance(0.3) ? dice.pick(['bytes=0-0', 'bytes=5-2,-1', 'text/html', 'gzip', '127.0.0.1', 'https', '*', 'zh-CN;q=9']) : odd}`]
}

/** Says in its head how long it is. */
function framed(head: readonly string[], body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${[...head, `content-length: ${body.length}`].join('\r\n')}\r\n\r\n`, 'latin1'), body])
}

/** Ends in the middle, says another length than it has, or is hurt anywhere. */
function hurt(dice: Dice, head: readonly string[], body: Buffer): Buffer {
  switch (dice.below(4)) {
    case 0: return Buffer.concat([Buffer.from(`${[...head, `content-length: ${dice.pick(['-1', '1e3', '99999999999', 'x', '0', '5, 6', String(body.length + 10)])}`].join('\r\n')}\r\n\r\n`, 'latin1'), body])
    case 1: return Buffer.concat([Buffer.from(`${[...head, 'transfer-encoding: chunked'].join('\r\n')}\r\n\r\n${dice.pick(['5\r\nabc', 'ffffffffff\r\n', '-1\r\n', 'zz\r\n', '1\r\na\r\n0\r\n'])}`, 'latin1'), body])
    default: return mutatedBytes(dice, framed(head, body))
  }
}

/** @param careful leaves method and path as they are: for an admin, who could end the run of others */
export function httpCase(dice: Dice, seed: RequestSeed, attacker: Attacker, origin: string, careful: boolean): HttpCase {
  const { places } = attacker
  const method = !careful && dice.chance(0.05) ? dice.pick(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND', 'get']) : seed.method
  const target = careful ? filled(seed.path, places, dice) : targetOf(dice, seed, places)
  const body = bodyOf(dice, seed, places)
  const head = [
    `${method} ${target} HTTP/1.1`, `host: ${dice.chance(0.03) ? oddPart(dice).slice(0, 200).replaceAll(/[^\u0021-\u00FF]/g, '~') : new URL(origin).host}`, 'connection: close',
    ...(dice.chance(0.95) ? [`origin: ${origin}`] : [`origin: ${dice.pick(['null', 'https://evil.example', `${origin}.evil.example`, 'x', ''])}`]),
    ...(careful ? [`cookie: ${attacker.client.cookie}`] : credentials(dice, attacker)),
    ...(body ? [`content-type: ${dice.chance(0.93) ? body.type : dice.pick(['text/plain', 'application/json; charset=utf-16', 'multipart/form-data', 'multipart/form-data; boundary=', 'x', 'application/x-www-form-urlencoded'])}`] : []),
    ...extraHeaders(dice),
  ]
  const bytes = body?.bytes ?? Buffer.alloc(0)
  const whole = careful || dice.chance(0.88)
  return { seed: `${seed.method} ${seed.path.split('?')[0]}`, bytes: whole ? framed(head, bytes) : hurt(dice, head, bytes), whole, call: whole && /^\/api\/[\w-]/.test(target) && method !== 'HEAD' }
}

/** Requests as they stand in the corpus, and hurt. */
export function rawCase(dice: Dice, text: string, attacker: Attacker, origin: string): HttpCase {
  const sound = Buffer.from(filled(text, { ...attacker.places, host: new URL(origin).host, cookie: attacker.client.cookie }, dice).replaceAll('\n', '\r\n'), 'latin1')
  return { seed: 'raw', bytes: dice.chance(0.3) ? sound : mutatedBytes(dice, sound), whole: false, call: false }
}
