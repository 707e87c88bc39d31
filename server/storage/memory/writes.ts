import type { StoreStatus } from '#parley/shared/protocol/index.ts'
import { StoreUnavailable } from '#parley/server/chat/ports.ts'

/** A failure to raise on the next write, so that tests of the core can have a busy, full or dying store without a fake one. */
export type MemoryFault
  = | { kind: 'unavailable', status: Exclude<StoreStatus, 'ok'> }
    /** The fate of the write is unknown to the caller; `committed` says what really happened (S5). */
    | { kind: 'unknown', committed: boolean }

interface Write { job: () => void, resolve: () => void, reject: (error: Error) => void }

export interface MemoryWrites {
  /** Runs a write in call order; calls of one tick share a commit. */
  run<T>(job: () => T): Promise<T>
}

/**
 * The write queue of the memory store. It defers to the next microtask, as a real commit would at least, so that a caller that issues
 * a run of ops sees a failure fall on all that wait behind it (LogStore.append).
 */
export function createMemoryWrites(fault: () => MemoryFault | undefined, onCommit: (writes: number) => void): MemoryWrites {
  let waiting: Write[] = []

  function flush(): void {
    const batch = waiting
    waiting = []
    let failure: Error | undefined
    let committed = 0
    for (const write of batch) {
      if (!failure) {
        const injected = fault()
        if (injected?.kind === 'unavailable') failure = new StoreUnavailable(injected.status)
        if (injected?.kind === 'unknown') failure = new Error('commit failed, fate unknown')
        if (!injected || (injected.kind === 'unknown' && injected.committed)) {
          write.job()
          committed++
        }
      }
      if (failure) write.reject(failure)
      else write.resolve()
    }
    if (committed > 0) onCommit(committed)
  }

  return {
    run<T>(job: () => T): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        let settle: () => void = () => reject(new Error('the write has not run'))
        const guarded = () => {
          try {
            const value = job()
            settle = () => resolve(value)
          }
          catch (error) {
            settle = () => reject(error)
          }
        }
        if (waiting.push({ job: guarded, resolve: () => settle(), reject }) === 1) queueMicrotask(flush)
      })
    },
  }
}
