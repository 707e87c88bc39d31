/** Counts work as long as it runs, so that a shutdown can wait for it (L5). */
export interface WorkInHand {
  track<T>(work: () => Promise<T> | T): Promise<T>
  /** Resolves once nothing runs. */
  idle(): Promise<void>
}

export function createWorkInHand(): WorkInHand {
  let running = 0
  const waiting: (() => void)[] = []
  return {
    async track(work) {
      running++
      try {
        return await work()
      }
      finally {
        running--
        if (running === 0) for (const done of waiting.splice(0)) done()
      }
    },
    idle: () => running === 0 ? Promise.resolve() : new Promise(resolve => waiting.push(resolve)),
  }
}
