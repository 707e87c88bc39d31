import type { CommitClock } from '#parley/server/storage/sqlite/write-queue.ts'

/**
 * ```
 * idle ──write──► commit at once ──few writes──► idle
 *                      │ a crowd
 *                      ▼
 *                 gathering ──`spacing` since the last commit, or nothing new for `quiet`──► commit
 * ```
 * A commit costs the same for one write as for hundreds, so under load it pays to wait for more. But whoever waits for an answer before
 * sending the next op must not wait here as well: a commit that served a few writes is followed by one that waits for nobody, and the
 * gathering ends as soon as a moment brings nothing new.
 */

/** Ms between two commits under load: half the commits of an unpaced thread at 10,000 writes/s, for two more ms in the answer. */
const spacing = 2
/** Ms without a new write after which all are taken to be there: writers that wait for their answers send nothing more. */
const quiet = 0.5
/** Writes in a commit from which on the next one gathers. */
const crowd = 8
/** Writes in one transaction: this thread keeps nobody waiting, but an answer should not wait for more than some ten ms of others. */
const mostWrites = 2_048

export interface PacedClockOptions {
  /** Takes what has arrived into the queue. @returns how many calls that were */
  drain(): number
  /** Ms, monotonic. */
  now(): number
  /** Stops the thread for so many ms. Its event loop could not wait less than one. */
  sleep(ms: number): void
}

/** A commit clock that is told of each commit. */
export interface PacedClock extends CommitClock {
  committed(writes: number): void
}

/** The commit clock of a thread that does nothing but write. */
export function createPacedClock({ drain, now, sleep }: PacedClockOptions): PacedClock {
  let begun = -Infinity
  let last = 0

  function gather(): void {
    drain()
    if (last < crowd) return
    for (let left = begun + spacing - now(); left > 0; left = begun + spacing - now()) {
      sleep(Math.min(quiet, left))
      if (drain() === 0) return
    }
  }

  return {
    mostWrites,
    schedule(commit) {
      setImmediate(() => {
        gather()
        begun = now()
        commit()
      })
    },
    committed(writes) {
      last = writes
    },
  }
}
