import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import { openSqliteStore, type SqliteStore } from '#parley/server/storage/sqlite/sqlite-store.ts'
import { AnswerBox } from '#parley/server/storage/sqlite/worker/answers.ts'
import { createPacedClock } from '#parley/server/storage/sqlite/worker/commit-clock.ts'
import { invoke } from '#parley/server/storage/sqlite/worker/invoke.ts'
import { errorOf, type CallBatch, type Failure, type ThreadStart } from '#parley/server/storage/sqlite/worker/messages.ts'

/** What a test build adds to a writer. */
export interface ThreadHooks {
  /** After each commit, before any of its writes is answered. */
  onCommit?: (writes: number) => void
}

/** Nobody ever wakes this; it is there to sleep on. */
const pillow = new Int32Array(new SharedArrayBuffer(4))

/** Takes the calls of a batch into the store, in order and without waiting for any. */
function createIntake(store: SqliteStore, answers: AnswerBox): (batch: CallBatch) => void {
  let refusal: Failure = { kind: 'unavailable', status: 'busy' }
  const fail = (call: number, error: unknown) => {
    refusal = answers.appendFailed(call, error)
  }
  return ({ first, generation, calls }) => {
    calls.forEach((call, index) => {
      const id = first + index
      if ('method' in call) return invoke(store, call, id, answers)
      // Issued before its caller knew that one before it was refused.
      if (generation < answers.generation) return void answers.failed(id, errorOf(refusal.kind === 'unavailable' ? refusal : { kind: 'unavailable', status: 'busy' }))
      store.append(call).then(result => answers.appended(id, result), error => fail(id, error))
    })
  }
}

/**
 * Runs the one writer of a database: a whole store with an event loop to itself, so that nobody but those who wait for a commit waits for
 * the disk.
 *
 * @throws ConfigurationError the file cannot be used
 */
export async function runWriter(port: MessagePort, start: ThreadStart, { onCommit }: ThreadHooks): Promise<void> {
  const answers = new AnswerBox(message => port.postMessage(message))
  let take: (batch: CallBatch) => void = () => undefined
  const clock = createPacedClock({
    drain() {
      let calls = 0
      for (let received = receiveMessageOnPort(port); received; received = receiveMessageOnPort(port)) {
        const batch = JSON.parse(received.message) as CallBatch
        calls += batch.calls.length
        take(batch)
      }
      return calls
    },
    now: () => performance.now(),
    sleep: ms => void Atomics.wait(pillow, 0, 0, ms),
  })
  const store = await openSqliteStore({
    path: start.path,
    pragmas: start.pragmas,
    clock: {
      now: () => Date.now() + start.clockOffset,
      timer(task, ms) {
        const timer = setTimeout(task, ms)
        return () => clearTimeout(timer)
      },
    },
    random: { id: () => start.epoch },
    commitClock: clock,
    onCommit(writes, ms) {
      clock.committed(writes)
      onCommit?.(writes)
      answers.committed(writes, ms)
    },
  })
  take = createIntake(store, answers)
  port.on('message', (text: string) => take(JSON.parse(text) as CallBatch))
}
