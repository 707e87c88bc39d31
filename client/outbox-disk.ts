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
    return this.#try(async () => {
      const { order, failure: there } = await this.#storage.putOp(toStored(this.#options.account, op, madeAt, failure))
      // Where it was there already, put back by another tab (F43), the disk says what that one knew: no retry, if it knew of no failure.
      this.noted(op.cid, undefined)
      if (failure !== undefined && there === undefined) await this.keepFailure(op.cid, failure)
      else if (failure !== undefined) this.noted(op.cid, failure)
      return order
    })
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
