import type { Log } from '#parley/server/chat/ports.ts'
import { timing } from '#parley/shared/protocol/index.ts'

export interface ShutdownSteps {
  /** goaway, ops in hand, 1012, HTTP requests under way (L5). */
  drain(): Promise<void>
  /** Closes what must not be cut off: the store last. */
  close(): Promise<void>
  log: Log
}

/** Ms kept of the limit for closing the store and leaving. */
const reserve = 500

/** Ms for telling everybody that this process is no longer of use: nothing can be finished any more, and a supervisor waits to restart it. */
const failLimit = 2_000

/** Ms in which the last answers leave the socket buffers. */
const flush = 50

const wait = (ms: number): Promise<void> => new Promise((resolve) => {
  setTimeout(resolve, ms)
})

export interface Shutdown {
  /**
   * Ends the process because something it cannot do without is gone (S5): connections are closed as at any shutdown, those with an op of
   * unknown fate by the op itself, and the exit code is 1, so that a supervisor starts it again.
   */
  fail(error: Error): void
}

/**
 * Ends the process in order on SIGTERM and SIGINT, with exit code 0 and within 10 s (L5). Nitro's own way is switched off: it destroys
 * every WebSocket before anything can be told to it, and cannot wait for work in hand (K10). A second signal ends at once.
 */
export function installShutdown({ drain, close, log }: ShutdownSteps): Shutdown {
  // Read by Nitro only after all plugins have run.
  process.env['NITRO_SHUTDOWN_DISABLED'] = '1'
  let stopping = false
  const stop = async (signal: string): Promise<void> => {
    if (stopping) process.exit(130)
    stopping = true
    log.info('stopping', { signal })
    const orderly = drain().then(() => wait(flush))
    const finished = await Promise.race([orderly.then(() => true), wait(timing.drainLimit - reserve).then(() => false)])
    if (!finished) log.warn('stopping before everything was done')
    await Promise.race([close(), wait(reserve)])
    log.info('stopped')
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stop(signal).catch((error: unknown) => {
        log.error('shutdown failed', { error })
        process.exit(1)
      })
    })
  }
  return {
    fail(error) {
      log.error('stopping: the store has failed', { error, cause: String(error.cause) })
      if (stopping) process.exit(1)
      stopping = true
      const told = drain().then(() => wait(flush), () => undefined)
      void Promise.race([told, wait(failLimit)]).then(() => process.exit(1))
    },
  }
}
