import { DeviceStorageError } from '#parley/client/environment.ts'
import type { ClientStorage, Environment, StoredOp } from '#parley/client/environment.ts'
import { SettledOps } from '#parley/client/settled-ops.ts'
import { toStored } from '#parley/client/stored-ops.ts'
import type { FailureCode, NoticeCode } from '#parley/client/types.ts'
import type { Op } from '#parley/shared/protocol/index.ts'

export interface OutboxDiskOptions {
  environment: Environment
  account: string
  notice(code: NoticeCode): void
}

type NewOp = Omit<StoredOp, 'order'>

/** @property again its second write, where the disk was cleared under the first */
interface Write { readonly stored: NewOp, again?: Promise<StoredOp> }

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
    this.settled = new SettledOps({ remove: cids => this.#storage.deleteOps(options.account, cids), failed: error => this.#tell(error) })
  }

  get durable(): boolean {
    return this.#storage.durable
  }

  /** @returns its order over all tabs; undefined when it could not be kept */
  put(op: Op, madeAt: number, failure: FailureCode | undefined): Promise<number | undefined> {
    return this.#keep(op, madeAt, failure, stored => this.#putBehind(stored))
  }

  /** Puts one back that a clearing took; see {@link putBack}. */
  putAgain(op: Op, madeAt: number, failure: FailureCode | undefined): Promise<number | undefined> {
    return this.#keep(op, madeAt, failure, stored => this.#storage.putOp(stored))
  }

  /**
   * Site data were cleared (F43): `again` writes what is still owed, in its order. A write that was under way may reach the empty disk before
   * all of that, and is made again behind it; newer ops wait. Else a tab that is opened now would send them out of order (S6).
   */
  putBack(again: () => Promise<unknown>): Promise<unknown> {
    let back = again()
    for (const write of this.#underWay) {
      const redone = back.then(() => this.#redo(write.stored))
      write.again = redone
      back = redone.catch(() => undefined)
    }
    return this.#back = back
  }

  /** In their order; undefined when they cannot be read. */
  ops(): Promise<StoredOp[] | undefined> {
    return this.#try(() => this.#storage.ops(this.#options.account))
  }

  /** @param failure undefined = it is tried again. @returns whether it is on the disk now */
  async keepFailure(cid: string, failure: FailureCode | undefined): Promise<boolean> {
    const kept = await this.#try(async () => {
      await this.#storage.updateOp(this.#options.account, cid, { failure })
      this.noted(cid, failure)
      return true
    })
    return kept ?? false
  }

  /** @returns whether they are gone */
  async remove(cids: readonly string[]): Promise<boolean> {
    const removed = await this.#try(async () => {
      await this.#storage.deleteOps(this.#options.account, cids)
      return true
    })
    return removed ?? false
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

  #keep(op: Op, madeAt: number, failure: FailureCode | undefined, write: (stored: NewOp) => Promise<StoredOp>): Promise<number | undefined> {
    return this.#try(async () => {
      const { order, failure: there } = await write(toStored(this.#options.account, op, madeAt, failure))
      // Where it was there already, put back by another tab (F43), the disk says what that one knew: no retry, if it knew of no failure.
      this.noted(op.cid, undefined)
      if (failure !== undefined && there === undefined) await this.keepFailure(op.cid, failure)
      else if (failure !== undefined) this.noted(op.cid, failure)
      return order
    })
  }

  async #putBehind(stored: NewOp): Promise<StoredOp> {
    for (let back = this.#back; back !== undefined; back = this.#back === back ? undefined : this.#back) await back
    const write: Write = { stored }
    this.#underWay.add(write)
    const first = this.#storage.putOp(stored).finally(() => this.#underWay.delete(write))
    try {
      const put = await first
      return await (write.again ?? put)
    }
    catch (error) {
      if (write.again === undefined) throw error
      return await write.again
    }
  }

  async #redo(stored: NewOp): Promise<StoredOp> {
    await this.#storage.deleteOps(stored.account, [stored.cid])
    return this.#storage.putOp(stored)
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
