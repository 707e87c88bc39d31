/** What happened when, for people who look for the cause of a violation. */
export interface Record {
  /** Ms since the run began. */
  now(): number
  /** @param cid the op that it is about */
  note(text: string, cid?: string): void
  /** All that is known about an op, and the faults around it; nothing for an id that is of no op. */
  traceOf(cid: string): string[]
}

interface Line { at: number, text: string, cid: string | undefined }

/** Ms before and after an op's life of which the faults are shown with it. */
const margin = 3_000

/** @param print gets every line that is about no single op, as it comes */
export function createRecord(print: (line: string) => void): Record {
  const begun = performance.now()
  const lines: Line[] = []
  const now = () => performance.now() - begun
  const written = ({ at, text }: Line) => `${(at / 1000).toFixed(3).padStart(9)} s  ${text}`
  return {
    now,
    note(text, cid) {
      const line = { at: now(), text, cid }
      lines.push(line)
      if (cid === undefined) print(written(line))
    },
    traceOf(cid) {
      const own = lines.filter(line => line.cid === cid)
      const [first, last] = [own[0], own.at(-1)]
      if (first === undefined || last === undefined) return []
      return lines.filter(line => line.cid === cid || (line.cid === undefined && line.at > first.at - margin && line.at < last.at + margin)).map(written)
    },
  }
}
