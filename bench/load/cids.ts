/** Ops of the generator by number: the number stands in the last digits of the cid, so that what comes back needs no lookup by text. */

/** A cid in the form of a UUIDv7: the time in front, as clients make them, and the op's number at the end. */
export function cidOf(index: number, now: number): string {
  const time = Math.floor(now).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${index.toString(16).padStart(12, '0')}`
}

export const cidLength = 36

const digit = (code: number): number => (code > 57 ? code - 87 : code - 48)

/** The number in a cid that begins at `at`. */
export function indexAt(text: string, at: number): number {
  let index = 0
  for (let place = at + 28; place < at + cidLength; place++) index = index * 16 + digit(text.charCodeAt(place))
  return index
}

/** Ops in flight or just answered: when they were meant to be sent and by whom. Older ones are overwritten. */
export class OpTable {
  readonly #mask: number
  readonly #intended: Float64Array
  readonly #sender: Int32Array
  #count = 0

  constructor(capacity: number = 2 ** 20) {
    this.#mask = capacity - 1
    this.#intended = new Float64Array(capacity)
    this.#sender = new Int32Array(capacity)
  }

  /** How many ops there were. */
  get count(): number {
    return this.#count
  }

  add(intended: number, sender: number): number {
    const index = this.#count++
    this.#intended[index & this.#mask] = intended
    this.#sender[index & this.#mask] = sender
    return index
  }

  intended(index: number): number {
    return this.#intended[index & this.#mask]!
  }

  sender(index: number): number {
    return this.#sender[index & this.#mask]!
  }
}
