import type { Clock } from '#parley/server/chat/ports.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { indexNext, unindexed } from '#parley/server/storage/sqlite/search-index.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'

/** Does behind the log what need not be done before an acknowledgement. */
export interface IndexKeeper {
  /** Something was appended; `erased` when text was deleted. */
  appended(erased: boolean): void
  /**
   * Puts into the search index all messages that were committed when it was called.
   * @throws StoreUnavailable
   */
  catchUp(): Promise<void>
  dispose(): void
}

/** Messages indexed in one go: a few milliseconds of the thread's time. */
const batchSize = 128
/** Ms after which new messages are indexed though nobody searches, so that the first search has little to do. */
const indexDelay = 1_000
/** Ms between two batches that nobody waits for: under load they may not take more than a tenth of the writer's time. */
const indexPause = 20
/** Ms after which a deleted text is gone from the write-ahead log too, where the page it stood on is still in an older form (O5). */
const eraseDelay = 5_000

type Timer = Pick<Clock, 'timer'>

/** A task that runs once, some time after it was last asked for and not pending. */
function createDelayed(clock: Timer, delay: number, task: () => void) {
  let cancel: (() => void) | undefined
  return {
    arm() {
      cancel ??= clock.timer(() => {
        cancel = undefined
        task()
      }, delay)
    },
    dispose() {
      cancel?.()
      cancel = undefined
    },
  }
}

export function createIndexKeeper(database: SqliteDatabase, writes: WriteQueue, clock: Timer): IndexKeeper {
  let disposed = false

  async function catchUp(): Promise<void> {
    let missing = database.read(() => unindexed(database))
    while (missing > 0 && !disposed) {
      const count = Math.min(missing, batchSize)
      await writes.run(() => indexNext(database, count))
      missing -= count
    }
  }

  /** One batch; further ones follow after a pause, unlike those that a search waits for. */
  async function fillBehind(): Promise<void> {
    const missing = database.read(() => unindexed(database))
    if (missing === 0 || disposed) return
    await writes.run(() => indexNext(database, Math.min(missing, batchSize)))
    if (missing > batchSize) filling.arm()
  }
  // A store that takes no writes will be asked again after the next append, and before every search.
  const tryFilling = () => void fillBehind().catch(() => undefined)
  const indexing = createDelayed(clock, indexDelay, tryFilling)
  const filling = createDelayed(clock, indexPause, tryFilling)
  const erasing = createDelayed(clock, eraseDelay, () => {
    // A reader was in the way.
    if (!disposed && !database.checkpoint()) erasing.arm()
  })

  return {
    appended(erased) {
      indexing.arm()
      if (erased) erasing.arm()
    },
    catchUp,
    dispose() {
      disposed = true
      indexing.dispose()
      filling.dispose()
      erasing.dispose()
    },
  }
}
