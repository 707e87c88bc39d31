import type { Environment, HttpAnswer } from '#parley/client/environment.ts'
import type { UploadFailure } from '#parley/client/types.ts'
import type { UploadRecord } from '#parley/client/upload-record.ts'
import type { AttachmentResponse } from '#parley/shared/http.ts'
import type { Attachment } from '#parley/shared/model.ts'
import { backoffDelay } from '#parley/shared/backoff.ts'

export interface UploadRunOptions {
  environment: Environment
  /** Of the lock that the tabs of an account share: one of them uploads. */
  name: string
  /** The upload whose turn it is. */
  next(): UploadRecord | undefined
  /** Brings in what other tabs did. */
  refresh(): Promise<void>
  /** @param sent bytes; undefined = it is no longer under way */
  progress(cid: string, sent: number | undefined): void
  answered(cid: string, attachment: Attachment): Promise<void>
  refused(cid: string, failure: UploadFailure): void
}

/** Refusals that pass by themselves: a limit, a log-in that is about to be renewed, a server that restarts. */
const passing: ReadonlySet<number> = new Set([401, 408, 425, 429, 503])

function failureOf({ status, code }: Extract<HttpAnswer<unknown>, { kind: 'refused' }>): UploadFailure {
  if (status === 413) return 'file_too_large'
  return code === 'quota_exceeded' ? 'quota_exceeded' : 'upload_refused'
}

/** A file that was moved or changed since it was chosen can no longer be read; one that lies in the device's storage always can. */
async function isReadable(file: Blob): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer()
    return true
  }
  catch {
    return false
  }
}

/** Sends one file after the other while there is a connection; what gets no answer is tried again, with the backoff of C2. */
export class UploadRun {
  readonly #options: UploadRunOptions
  #online = false
  #over = false
  #running = false
  #attempt = 0
  #cancelWait: (() => void) | undefined
  #current: { cid: string, abort: AbortController } | undefined

  constructor(options: UploadRunOptions) {
    this.#options = options
  }

  connected(): void {
    this.#online = true
    this.#attempt = 0
    this.wake()
  }

  /** What is under way goes on: it may well arrive, and a link that is dead for the socket need not be for it. */
  disconnected(): void {
    this.#online = false
  }

  /** There may be something to do. */
  wake(): void {
    if (this.#running || this.#over || !this.#online || this.#options.next() === undefined) return
    this.#cancelWait?.()
    this.#cancelWait = undefined
    this.#running = true
    const { environment, name } = this.#options
    const alone = environment.exclusive ?? ((_name, task) => task())
    const halted = (error: unknown) => {
      environment.warn('uploads came to a halt', error)
      this.#wait() // not at once: what failed would fail again, for ever
    }
    void alone(name, () => this.#drain()).catch(halted).finally(() => {
      this.#running = false
      if (this.#cancelWait === undefined) this.wake()
    })
  }

  /** The upload was taken back. */
  abort(cid: string): void {
    if (this.#current?.cid === cid) this.#current.abort.abort()
  }

  dispose(): void {
    this.#over = true
    this.#cancelWait?.()
    this.#current?.abort.abort()
  }

  async #drain(): Promise<void> {
    await this.#options.refresh()
    for (let record = this.#options.next(); record !== undefined && this.#online && !this.#over; record = this.#options.next()) {
      if (!await this.#upload(record)) return this.#wait()
      this.#attempt = 0
    }
  }

  /** @returns whether there was an answer, or none is wanted any more */
  async #upload({ cid, file, name, preview }: UploadRecord): Promise<boolean> {
    const { environment, progress, answered, refused } = this.#options
    const abort = new AbortController()
    this.#current = { cid, abort }
    progress(cid, 0)
    try {
      if (!await isReadable(file)) {
        refused(cid, 'file_unreadable')
        return true
      }
      const answer: HttpAnswer<AttachmentResponse> = await environment.http.upload?.({
        key: cid, file, name, ...(preview === undefined ? {} : { preview }), progress: sent => progress(cid, sent), signal: abort.signal,
      }) ?? { kind: 'unreachable' }
      if (abort.signal.aborted) return true
      if (answer.kind === 'ok') await answered(cid, answer.value.attachment)
      else if (answer.kind === 'refused' && !passing.has(answer.status)) refused(cid, failureOf(answer))
      else return false
      return true
    }
    finally {
      this.#current = undefined
      progress(cid, undefined)
    }
  }

  #wait(): void {
    if (this.#over) return
    const { environment } = this.#options
    this.#cancelWait?.()
    this.#cancelWait = environment.timer(() => {
      this.#cancelWait = undefined
      this.wake()
    }, backoffDelay(++this.#attempt, environment.random()))
  }
}
