import { randomInt, timingSafeEqual } from 'node:crypto'

/** Letters and digits that nobody mistakes for each other when typing them from a log. */
const alphabet = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789'

/** The code that the server prints at its first start; who can read its log may become the first admin (PROTOCOL 11). About 59 bits. */
export function makeSetupCode(): string {
  const characters = Array.from({ length: 12 }, () => alphabet[randomInt(alphabet.length)]!)
  return [0, 4, 8].map(start => characters.slice(start, start + 4).join('')).join('-')
}

/** Compares in constant time (X9); case and dashes do not matter. */
export function isSetupCode(given: string, code: string): boolean {
  const bare = (text: string) => Buffer.from(text.toUpperCase().replace(/[^A-Z0-9]/g, ''))
  const [a, b] = [bare(given), bare(code)]
  return a.length === b.length && timingSafeEqual(a, b)
}
