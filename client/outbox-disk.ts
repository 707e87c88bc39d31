import { DeviceStorageError } from '#parley/client/environment.ts'
import type { ClientStorage, Environment, NewOp, StoredOp } from '#parley/client/environment.ts'
import type { OutboxEntry } from '#parley/client/outbox.ts'
import { SettledOps } from '#parley/client/settled-ops.ts'
import { toStored } from '#parley/client/stored-ops.ts'
import type { FailureCode, NoticeCode } from '#parley/client/types.ts'
import type { Op } from '#parley/shared/protocol/index.ts'

export interface OutboxDiskOptions {
  environment: Environment
  account: string
  notice(code: NoticeCode): void
}

/** @property put the last attempt; where the disk was cleared under one, there is another */
interface Write { readonly stored: NewOp, put: Promise<StoredOp> }

/**
 * The ops of this account on the device's disk, which all its tabs share. Nothing here throws: a disk that fails is told once, by a
 * notice, and the outbox goes on in memory (F40).
 */
export class OutboxDisk {
  readonly settled: SettledOps
  readonly #options: OutboxDiskOptions
  readonly #storage: ClientStorage
  /** What the disk calls failed, as far as this tab has read or written it. */
  readonly #failed = new Set<string>()
  readonly #warned = new Set<NoticeCode>()
  /** Writes of new ops that are under way, in the order of the ops. */
  readonly #underWay = new Set<Write>()
  /** Ends when what a clearing took is on the disk again. */
  #back: Promise<unknown> | undefined

  constructor(options: OutboxDiskOptions) {
    this.#options = options
    this.#storage = options.environment.storage
    this.settled = new SettledOps(cids => this.remove(cids))
  }

  get durable(): boolean {
    return this.#storage.durable
  }

  /**
   * @param owed older ops that the disk does not have, as far as is known here: on it without them, this one would be sent before them (S6)
   * @returns its order over all tabs; undefined when it could not be kept
   */
  put(op: Op, madeAt: number, failure: FailureCode | undefined, owed: readonly OutboxEntry[]): Promise<number | undefined> {
    return this.#try(async () => {
      const { order } = await this.#putBehind(toStored(this.#options.account, op, madeAt, failure), owed)
      this.noted(op.cid, failure)
      return order
    })
  }

  /**
   * Site data were cleared (F43): what is still owed is put back, in its order. Page or disk may die at any moment of it, and another tab sends
   * what it finds (S6): so it comes at once or not at all. A write that was under way may have reached the empty disk before, and is moved
   * behind it; newer ops wait.
   */
  putBack(owed: readonly OutboxEntry[]): Promise<unknown> {
    const writes = [...this.#underWay]
    this.#failed.clear()
    const back = this.#try(() => this.#putAll(owed, writes.map(({ stored }) => stored)))
    for (const write of writes) (write.put = back.then(() => this.#storage.putOp(write.stored))).catch(() => {})
    return this.#back = back
  }

  /** In their order; undefined when they cannot be read. */
  ops(): Promise<StoredOp[] | undefined> {
    return this.#try(() => this.#storage.ops(this.#options.account))
  }

  /** @param failure undefined = it is tried again. @returns whether it is on the disk now */
  keepFailure(cid: string, failure: FailureCode | undefined): Promise<boolean | undefined> {
    return this.#try(async () => {
      await this.#storage.updateOp(this.#options.account, cid, { failure })
      this.noted(cid, failure)
      return true
    })
  }

  /** @returns whether they are gone */
  remove(cids: readonly string[]): Promise<boolean | undefined> {
    return this.#try(async () => {
      await this.#storage.deleteOps(this.#options.account, cids)
      return true
    })
  }

  /**
   * Whether a row tells of something that another tab did. A disk that says failed, or not, as this tab last knew it is no news: a
   * write of this tab that did not get there would otherwise send a refused op again by itself (S4), or take a retry back.
   */
  differs({ cid, failure }: StoredOp): boolean {
    return (failure !== undefined) !== this.#failed.has(cid)
  }

  noted(cid: string, failure: string | undefined): void {
    if (failure === undefined) this.#failed.delete(cid)
    else this.#failed.add(cid)
  }

  #putAll(owed: readonly OutboxEntry[], newer: readonly NewOp[]): Promise<void> {
    const { account } = this.#options
    return this.#storage.putOps(account, owed.map(({ op, madeAt, status }) => toStored(account, op, madeAt, status.name === 'failed' ? status.code : undefined)), newer)
  }

  async #putBehind(stored: NewOp, owed: readonly OutboxEntry[]): Promise<StoredOp> {
    for (let back; back !== this.#back;) await (back = this.#back)
    const put = () => this.#storage.putOp(stored)
    const write: Write = { stored, put: owed.length === 0 ? put() : this.#putAll(owed, [stored]).then(put) }
    this.#underWay.add(write)
    for (let put; put !== write.put;) await (put = write.put).catch(() => {})
    this.#underWay.delete(write)
    return write.put
  }

  async #try<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    }
    catch (error) {
      this.#tell(error)
      return undefined
    }
  }

  #tell(error: unknown): void {
    const code: NoticeCode = error instanceof DeviceStorageError && error.reason === 'quota' ? 'device_storage_full' : 'device_storage_unavailable'
    this.#options.environment.warn('the outbox could not use the device storage', error)
    if (this.#warned.has(code)) return
    this.#warned.add(code)
    this.#options.notice(code)
  }
}
