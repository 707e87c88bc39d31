import type { MessagePort } from 'node:worker_threads'
import { openSqliteReader } from '#parley/server/storage/sqlite/reader.ts'
import { AnswerBox } from '#parley/server/storage/sqlite/worker/answers.ts'
import { settle } from '#parley/server/storage/sqlite/worker/invoke.ts'
import type { CallBatch, ThreadStart } from '#parley/server/storage/sqlite/worker/messages.ts'

/** Ms of reading after which what is there is answered: others' turn need not wait for the last of a thousand. */
const slice = 1

/** Runs the reads of a database, one after the other. */
export async function runReader(port: MessagePort, { path, pragmas }: ThreadStart): Promise<void> {
  const answers = new AnswerBox(message => port.postMessage(message))
  const reader = await openSqliteReader(path, pragmas)
  let tail = Promise.resolve()

  async function readAll({ first, calls }: CallBatch): Promise<void> {
    let since = performance.now()
    let counted = since
    const count = () => {
      const now = performance.now()
      answers.spent(now - counted)
      counted = now
      return now
    }
    for (const [index, call] of calls.entries()) {
      if (!('method' in call)) continue
      await settle(reader, call.method, call.args.map(argument => argument ?? undefined), first + index, answers)
      const now = count()
      if (now - since < slice) continue
      answers.flush()
      since = now
    }
  }

  port.on('message', (text: string) => {
    tail = tail.then(() => readAll(JSON.parse(text) as CallBatch))
  })
}
