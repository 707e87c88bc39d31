import type { EntryStatus, OutboxEntry } from '#parley/client/outbox.ts'
import { contentBefore } from '#parley/client/upload-record.ts'
import type { UploadRecord } from '#parley/client/upload-record.ts'
import type { Op } from '#parley/shared/protocol/index.ts'

/** A file on its way, as this page knows it. */
export interface UploadItem {
  record: UploadRecord
  /** As rows show it; the same object until something changes. */
  entry: OutboxEntry
  /** Lies on the device's disk, so its absence there means that another tab took it away. */
  kept: boolean
  /** Bytes on their way. */
  sent: number | undefined
  /** Its file was gone from the server once already. */
  again: boolean
  /** Called when its message is in the outbox, or it was taken back. */
  freed?: () => void
}

const statusOf = ({ failure }: UploadRecord): EntryStatus => failure === undefined ? { name: 'queued', notBefore: 0 } : { name: 'failed', code: failure }

/** The message of an upload as an own row shows it. */
export function entryOf(record: UploadRecord): OutboxEntry {
  const { cid, conversation, replyTo, madeAt } = record
  const op: Op = { type: 'send', cid, conversation, content: contentBefore(record), ...(replyTo === undefined ? {} : { replyTo }) }
  return { op, madeAt, order: undefined, local: 0, kept: true, status: statusOf(record) }
}

/** Which records are being written, and when they were last: what was read from the disk before that is older. */
export class WritesInHand {
  readonly #counts = new Map<string, number>()
  readonly #stamps = new Map<string, number>()
  #stamp = 0

  /** What a reader remembers before it reads. */
  get mark(): number {
    return this.#stamp
  }

  /** Whether a record has been written since that mark, so that what was read of it says nothing: not even that it is there, or gone. */
  since(cid: string, mark: number): boolean {
    return this.#counts.has(cid) || (this.#stamps.get(cid) ?? 0) > mark
  }

  has(cid: string): boolean {
    return this.#counts.has(cid)
  }

  begin(cid: string): void {
    this.#counts.set(cid, (this.#counts.get(cid) ?? 0) + 1)
  }

  end(cid: string): void {
    const left = (this.#counts.get(cid) ?? 1) - 1
    if (left > 0) this.#counts.set(cid, left)
    else this.#counts.delete(cid)
    this.#stamps.set(cid, ++this.#stamp)
  }
}
