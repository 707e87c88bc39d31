import type { AppendResult } from '#parley/server/chat/ports.ts'
import { failureOf, type Answers, type Failure } from '#parley/server/storage/sqlite/worker/messages.ts'

/** Collects what became of calls and posts it together: all answers of a commit are one message to the event loop. */
export class AnswerBox {
  readonly #post: (answers: Answers) => void
  #next: Answers = { appended: [], settled: [], commits: [], reading: 0, generation: 0 }
  #planned = false

  constructor(post: (answers: Answers) => void) {
    this.#post = post
  }

  get generation(): number {
    return this.#next.generation
  }

  committed(writes: number, ms: number): void {
    this.#next.commits.push([writes, ms])
    this.#plan()
  }

  appended(call: number, result: AppendResult): void {
    if (!result.ok || result.duplicate || 'mentions' in result.event) return this.value(call, result)
    this.#next.appended.push(call, result.event.seq)
    this.#plan()
  }

  /** An append that failed: those issued behind it will be refused. */
  appendFailed(call: number, error: unknown): Failure {
    this.#next.generation++
    return this.failed(call, error)
  }

  value(call: number, value: unknown): void {
    // A Map has no JSON; who asked for one makes it again. A text is mostly JSON already.
    if (typeof value === 'string') this.#next.settled.push([call, undefined, undefined, value])
    else this.#next.settled.push([call, JSON.stringify(value instanceof Map ? [...value] : value)])
    this.#plan()
  }

  failed(call: number, error: unknown): Failure {
    const failure = failureOf(error)
    this.#next.settled.push([call, undefined, failure])
    this.#plan()
    return failure
  }

  /** Ms that were spent on calls; told with the next answers. */
  spent(ms: number): void {
    this.#next.reading += ms
  }

  flush(): void {
    this.#planned = false
    const answers = this.#next
    if (answers.appended.length + answers.settled.length + answers.commits.length === 0) return
    this.#next = { appended: [], settled: [], commits: [], reading: 0, generation: answers.generation }
    this.#post(answers)
  }

  /** After all promises that settle now, so after all writes of a commit. */
  #plan(): void {
    if (this.#planned) return
    this.#planned = true
    process.nextTick(() => this.flush())
  }
}
