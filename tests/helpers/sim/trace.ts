/** What happened in a run: the last lines for reading, and a digest of all of them to compare two runs. */
export interface Trace {
  add(who: string, what: string): void
  /** Something of this kind happened: what a run has met is what it can speak for. */
  count(kind: string): void
  readonly tally: ReadonlyMap<string, number>
  /** The last lines, oldest first. */
  lines(): string[]
  /** Equal for two runs that went the same way. */
  readonly digest: number
  readonly length: number
}

/** @param now virtual ms @param keep lines kept for reading */
export function createTrace(now: () => number, keep = 200): Trace {
  const ring: string[] = []
  const tally = new Map<string, number>()
  let length = 0
  let digest = 0x811C9DC5
  return {
    add(who, what) {
      const line = `${(now() / 1000).toFixed(3).padStart(9)}s  ${who.padEnd(9)} ${what}`
      for (let i = 0; i < line.length; i++) digest = Math.imul(digest ^ line.charCodeAt(i), 0x01000193) >>> 0
      ring[length++ % keep] = line
    },
    count: kind => void tally.set(kind, (tally.get(kind) ?? 0) + 1),
    tally,
    lines: () => length <= keep ? ring.slice(0, length) : [...ring.slice(length % keep), ...ring.slice(0, length % keep)],
    get digest() { return digest },
    get length() { return length },
  }
}
