import { once } from 'node:events'
import type { MessagePort } from 'node:worker_threads'
import { failureOf, type ThreadStart } from '#parley/server/storage/sqlite/worker/messages.ts'
import { runReader } from '#parley/server/storage/sqlite/worker/reader-thread.ts'
import { runWriter, type ThreadHooks } from '#parley/server/storage/sqlite/worker/writer-thread.ts'

/** How a thread tells that it is there, or why it cannot be. */
export type ThreadGreeting = { ready: true } | { ready: false, failure: ReturnType<typeof failureOf> }

/**
 * The whole life of a thread of the store. An error beside those that answer a call ends the thread, and with it the process: nobody
 * could say what state it leaves (S5).
 */
export async function runThread(port: MessagePort, start: ThreadStart, hooks: ThreadHooks = {}): Promise<void> {
  try {
    if (start.role === 'writer') await runWriter(port, start, hooks)
    else {
      // The writer makes the file; meanwhile this thread has loaded its code.
      await once(port, 'message')
      await runReader(port, start)
    }
    port.postMessage({ ready: true } satisfies ThreadGreeting)
  }
  catch (error) {
    port.postMessage({ ready: false, failure: failureOf(error) } satisfies ThreadGreeting)
    port.close()
  }
}
