import type { StoreStatus } from '#parley/shared/protocol/index.ts'
import { StoreUnavailable } from '#parley/server/chat/ports.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { commitTrouble, statementTrouble } from '#parley/server/storage/sqlite/errors.ts'

/**
 * All writes of the store, in call order, many to a commit. A commit waits for the disk, so writes one by one are bound by it; those
 * that are waiting share one instead, and each is answered only after it (S2).
 *
 * A transaction runs from begin to commit in one go, so no other write or read of this process can come between.
 */
export interface WriteQueue {
  /**
   * Runs `job` inside a transaction; it may run again after a rollback, so it must do nothing but read and write the database.
   * @throws StoreUnavailable nothing of it, and of all writes behind it, is committed
   */
  run<T>(job: () => T): Promise<T>
  /** Writes that no transaction has taken yet. */
  readonly length: number
  /** Outcome of the last transaction. */
  readonly status: StoreStatus
  /** Commits what is waiting, then refuses all that comes. */
  close(): void
}

interface Write {
  job: () => unknown
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

type Outcome
  = | { kind: 'committed', values: unknown[] }
    | { kind: 'unavailable', status: Exclude<StoreStatus, 'ok'> }
    /** The write at this place threw; nothing is committed. */
    | { kind: 'failed', at: number, error: unknown }
    /** COMMIT failed and the disk may hold it or not (S5). */
    | { kind: 'unknown', error: unknown }

/** When the next commit is due. */
export interface CommitClock {
  /** Something waits: calls `commit` once, not in this turn of the caller. */
  schedule(commit: () => void): void
  /** Writes in one transaction at most. */
  readonly mostWrites: number
}

/**
 * After this turn's network events, not within them: what one turn of the loop brings shares a commit. Beyond 512 writes the saved
 * commits are few, and the loop must get to its sockets.
 */
const everyTurn: CommitClock = { schedule: commit => void setImmediate(commit), mostWrites: 512 }

function begin(database: SqliteDatabase): Outcome | undefined {
  try {
    database.statement('begin immediate').run()
    return undefined
  }
  catch (error) {
    const status = statementTrouble(error)
    return status ? { kind: 'unavailable', status } : { kind: 'failed', at: 0, error }
  }
}

function commit(database: SqliteDatabase, values: unknown[]): Outcome {
  try {
    database.statement('commit').run()
    return { kind: 'committed', values }
  }
  catch (error) {
    database.rollback()
    const status = commitTrouble(error)
    return status ? { kind: 'unavailable', status } : { kind: 'unknown', error }
  }
}

function transact(database: SqliteDatabase, writes: readonly Write[]): Outcome {
  const refused = begin(database)
  if (refused) return refused
  const values: unknown[] = []
  for (const write of writes) {
    try {
      values.push(write.job())
    }
    catch (error) {
      database.rollback()
      const status = statementTrouble(error)
      return status ? { kind: 'unavailable', status } : { kind: 'failed', at: values.length, error }
    }
  }
  return commit(database, values)
}

/**
 * Commits a batch, or as much of its beginning as can be. When one write fails for a reason of its own, those before it are committed
 * without it, and those behind it are refused, known not to be committed: what commits is always a prefix (LogStore.append).
 */
function commitPrefix(database: SqliteDatabase, batch: readonly Write[]): { values: unknown[], failure?: { errors: [first: unknown, rest: unknown] } } {
  let outcome = transact(database, batch)
  if (outcome.kind === 'committed') return { values: outcome.values }
  let failure: unknown
  while (outcome.kind === 'failed') {
    failure = outcome.error
    if (outcome.at === 0) return { values: [], failure: { errors: [failure, new StoreUnavailable('busy')] } }
    outcome = transact(database, batch.slice(0, outcome.at))
  }
  if (outcome.kind === 'committed') return { values: outcome.values, failure: { errors: [failure, new StoreUnavailable('busy')] } }
  const error = outcome.kind === 'unavailable' ? new StoreUnavailable(outcome.status) : outcome.error
  return { values: [], failure: { errors: [error, error] } }
}

/** @param onCommit told after each commit, and before any of its writes is answered, how many there were and how many ms it took */
export function createWriteQueue(database: SqliteDatabase, onCommit: (writes: number, ms: number) => void, clock: CommitClock = everyTurn): WriteQueue {
  let waiting: Write[] = []
  let status: StoreStatus = 'ok'
  let closed = false

  function flush(): void {
    if (waiting.length === 0) return
    const batch = waiting.slice(0, clock.mostWrites)
    const begun = performance.now()
    const { values, failure } = commitPrefix(database, batch)
    const behind = failure ? waiting.slice(values.length) : []
    waiting = failure ? [] : waiting.slice(clock.mostWrites)
    status = failure?.errors[0] instanceof StoreUnavailable ? failure.errors[0].status : 'ok'
    if (values.length > 0) onCommit(values.length, performance.now() - begun)
    values.forEach((value, index) => batch[index]!.resolve(value))
    behind.forEach((write, index) => write.reject(failure?.errors[index === 0 ? 0 : 1]))
    if (waiting.length > 0) clock.schedule(flush)
  }

  return {
    get length() {
      return waiting.length
    },
    get status() {
      return status
    },
    run<T>(job: () => T): Promise<T> {
      if (closed) return Promise.reject(new Error('the store is closed'))
      return new Promise<T>((resolve, reject) => {
        const write: Write = { job, resolve: value => resolve(value as T), reject }
        if (waiting.push(write) === 1) clock.schedule(flush)
      })
    },
    close() {
      while (waiting.length > 0) flush()
      closed = true
    },
  }
}
