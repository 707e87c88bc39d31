/** T6: this many bad frames within a minute are forgiven. */
const forgiven = 5
const window = 60_000

/** Counts the bad frames of one connection within the last minute (T6). */
export class BadFrames {
  #times: number[] = []

  /** @returns whether that was one too many */
  count(now: number): boolean {
    this.#times = [...this.#times.filter(at => now - at < window), now]
    return this.#times.length > forgiven
  }
}
