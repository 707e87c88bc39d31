/** Seeded randomness. Streams are forked by name, so that one more draw in one place does not change the course of every other. */
export interface SeededRandom {
  /** In [0, 1). */
  next(): number
  /** Integer in [0, n). */
  int(n: number): number
  /** Integer in [low, high]. */
  between(low: number, high: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  /** Picks by weight; entries of weight 0 are never picked. */
  weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T
  bytes(length: number): Uint8Array<ArrayBuffer>
  /** A lower-case UUID. */
  uuid(): string
  fork(name: string): SeededRandom
}

function seedWords(text: string): [number, number, number, number] {
  let a = 0x9E3779B9
  let b = 0x243F6A88
  let c = 0xB7E15162
  let d = 0xDEADBEEF
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 0x85EBCA6B)
    b = Math.imul(b ^ unit ^ (a >>> 13), 0xC2B2AE35)
    c = Math.imul(c ^ unit ^ (b >>> 15), 0x27D4EB2F)
    d = Math.imul(d ^ unit ^ (c >>> 11), 0x165667B1)
  }
  return [a >>> 0, b >>> 0, c >>> 0, d >>> 0]
}

/** sfc32: small, fast, passes PractRand; the quality matters little, the reproducibility everything. */
export function createRandom(seed: string): SeededRandom {
  let [a, b, c, d] = seedWords(seed)
  const word = () => {
    const sum = (a + b + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum | 0
    return sum >>> 0
  }
  for (let i = 0; i < 12; i++) word()
  const next = () => word() / 0x1_0000_0000
  const int = (n: number) => Math.floor(next() * n)
  const bytes = (length: number) => Uint8Array.from({ length }, () => int(256))
  return {
    next,
    int,
    between: (low, high) => low + int(high - low + 1),
    chance: probability => next() < probability,
    pick(items) {
      const item = items[int(items.length)]
      if (item === undefined) throw new Error('nothing to pick from')
      return item
    },
    weighted(items) {
      const total = items.reduce((sum, [weight]) => sum + weight, 0)
      let at = next() * total
      for (const [weight, item] of items) {
        at -= weight
        if (at < 0) return item
      }
      throw new Error('no weights')
    },
    bytes,
    uuid() {
      const hex = Array.from(bytes(16), byte => byte.toString(16).padStart(2, '0')).join('')
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
    },
    fork: name => createRandom(`${seed}/${name}`),
  }
}
