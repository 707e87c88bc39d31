import type { Dice } from '#parley/scripts/fuzz/dice.ts'
import { jsonBytes, mutated, mutatedBytes, oddPart } from '#parley/scripts/fuzz/mutations.ts'
import { filled } from '#parley/scripts/fuzz/places.ts'
import type { Attacker } from '#parley/scripts/fuzz/places.ts'
import { clientFrame } from '#parley/tests/helpers/raw-socket.ts'

/** The head of an upgrade, sound or not. */
export function upgradeBytes(dice: Dice, ticket: string, origin: string): { bytes: Buffer, sound: boolean } {
  const key = Buffer.from(Array.from({ length: 16 }, () => dice.below(256))).toString('base64')
  const headers: [string, string][] = [
    ['host', new URL(origin).host], ['connection', 'Upgrade'], ['upgrade', 'websocket'], ['sec-websocket-version', '13'], ['sec-websocket-key', key],
    ['sec-websocket-protocol', 'parley.v1'], ['origin', origin],
  ]
  const sound = dice.chance(0.8)
  let target = `/_ws?token=${ticket}&appname=${dice.chance(0.2) ? encodeURIComponent(oddPart(dice).toWellFormed()).slice(0, 300).replace(/%.?$/, '') : 'fuzz'}`
  if (sound) return { bytes: headOf('GET', target, headers), sound }
  const odd: readonly (() => void)[] = [
    () => void (target = `/_ws?token=${oddPart(dice)}`),
    () => void (target = dice.pick(['/_ws', '/_ws/', '//_ws', '/', '/api/me', '/_ws?token=a&token=b', `/_ws?${'token=x&'.repeat(500)}`, '/_nuxt/x', '/metrics', '/%5fws?token='])),
    () => void (headers[dice.below(headers.length)]![1] = oddPart(dice).slice(0, 2_000)),
    () => void headers.splice(dice.below(headers.length), 1),
    () => void headers.push([dice.pick(['sec-websocket-extensions', 'sec-websocket-protocol', 'sec-websocket-key', 'x-forwarded-for', 'x-forwarded-host', 'cookie', 'content-length', 'transfer-encoding']), dice.pick(['permessage-deflate', 'permessage-deflate; client_max_window_bits=99', 'parley.v2', 'parley.v1, parley.v1', '5', 'chunked', 'x'])]),
  ]
  for (let times = 1 + dice.below(2); times > 0; times--) dice.pick(odd)()
  const bytes = headOf(dice.chance(0.9) ? 'GET' : dice.pick(['POST', 'HEAD', 'CONNECT']), target.replaceAll(/[^\u0021-\u00FF]/g, '~'), headers)
  return { bytes: dice.chance(0.3) ? mutatedBytes(dice, bytes) : bytes, sound }
}

const headOf = (method: string, target: string, headers: readonly (readonly [string, string])[]): Buffer =>
  Buffer.from(`${method} ${target} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value.replaceAll(/[^\u0020-\u00FF]/g, '~')}\r\n`).join('')}\r\n`, 'latin1')

/** What is said on an open socket. */
export interface SocketItem {
  bytes: Buffer
  /** What follows is not understood any more, or the server closes: no answer need come to a ping behind it. */
  breaks: boolean
}

/** A text message of frames, from sound to nonsense. */
function messageBytes(dice: Dice, frames: readonly unknown[], attacker: Attacker): Buffer {
  const sound = () => JSON.parse(filled(JSON.stringify(dice.pick(frames)), attacker.places, dice)) as unknown
  const frame = () => (dice.chance(0.7) ? mutated(dice, sound()) : sound())
  const value = dice.chance(0.2) ? Array.from({ length: dice.pick([0, 2, 10, 64, 65, 70]) }, frame) : frame()
  const bytes = jsonBytes(dice, value)
  return dice.chance(0.15) ? mutatedBytes(dice, bytes) : bytes
}

const isUtf8 = (bytes: Buffer): boolean => Buffer.from(bytes.toString()).equals(bytes)

function fragments(dice: Dice, payload: Buffer): SocketItem {
  const count = dice.pick([2, 3, 8, 16, 17, 30])
  const size = Math.ceil(payload.length / count)
  const parts = Array.from({ length: count }, (_, n) => clientFrame(n === 0 ? 1 : 0, payload.subarray(n * size, (n + 1) * size), n === count - 1))
  if (dice.chance(0.3)) parts.splice(1 + dice.below(parts.length - 1), 0, clientFrame(dice.pick([9, 10]), Buffer.from('between')))
  return { bytes: Buffer.concat(parts), breaks: count > 16 || !isUtf8(payload) || payload.length > 65_536 }
}

/** Frames of the WebSocket protocol itself, mostly wrong ones. */
function wireItem(dice: Dice, payload: Buffer): SocketItem {
  const sound = clientFrame(1, payload)
  switch (dice.below(10)) {
    case 0: return { bytes: clientFrame(2, payload), breaks: true }
    case 1: return { bytes: clientFrame(dice.pick([3, 4, 7, 11, 15]), payload), breaks: true }
    case 2: return { bytes: clientFrame(9, Buffer.alloc(dice.pick([0, 5, 125]), 65)), breaks: false }
    case 3: return { bytes: clientFrame(dice.pick([9, 10]), Buffer.alloc(126)), breaks: true }
    case 4: return { bytes: clientFrame(8, dice.pick([Buffer.alloc(0), Buffer.from([3]), Buffer.from([3, 0xE8]), Buffer.from([0, 5]), Buffer.from([0x0F, 0xA0, 0xFF]), Buffer.from([0xFF, 0xFF])])), breaks: true }
    case 5: return { bytes: Buffer.from(sound.map((byte, place) => (place === 0 ? byte | dice.pick([0x40, 0x20, 0x10]) : byte))), breaks: true }
    case 6: return { bytes: Buffer.concat([sound.subarray(0, 1), Buffer.from([payload.length & 0x7D]), payload]), breaks: true }
    case 7: return { bytes: Buffer.from([0x81, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]), breaks: true }
    case 8: return { bytes: clientFrame(0, payload), breaks: true }
    default: return { bytes: mutatedBytes(dice, sound), breaks: true }
  }
}

export function socketItem(dice: Dice, frames: readonly unknown[], attacker: Attacker): SocketItem {
  const payload = messageBytes(dice, frames, attacker)
  if (dice.chance(0.12)) return wireItem(dice, payload)
  if (dice.chance(0.12)) return fragments(dice, payload)
  return { bytes: clientFrame(1, payload), breaks: !isUtf8(payload) || payload.length > 65_536 }
}

/** Asks for a sign of life (L2). */
export const pingBytes = (): Buffer => clientFrame(1, Buffer.from('{"type":"ping"}'))
