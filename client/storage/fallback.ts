import type { ClientStorage, NewOp, StoredConversation, StoredOp, StoredValue } from '#parley/client/environment.ts'

/**
 * The device's storage, or memory where the browser refuses it from the start (private windows, policies; F41). Only the first use
 * decides: a storage that fails later must show it, since what it holds already is not in memory.
 */
export class FallbackStorage implements ClientStorage {
  readonly #first: ClientStorage
  readonly #chosen: Promise<ClientStorage>
  #durable: boolean

  constructor(first: ClientStorage, second: ClientStorage, warn: (message: string, detail: unknown) => void) {
    this.#first = first
    this.#durable = first.durable
    this.#chosen = first.value('', 'probe').then(() => first, (error: unknown) => {
      warn('this browser offers no device storage', error)
      this.#durable = second.durable
      return second
    })
  }

  get durable(): boolean {
    return this.#durable
  }

  async putOp(op: NewOp): Promise<StoredOp> {
    return (await this.#chosen).putOp(op)
  }

  async putOps(account: string, ops: readonly NewOp[], newer: readonly NewOp[]): Promise<void> {
    return (await this.#chosen).putOps(account, ops, newer)
  }

  async updateOp(account: string, cid: string, change: { failure?: string | undefined }): Promise<void> {
    return (await this.#chosen).updateOp(account, cid, change)
  }

  async deleteOps(account: string, cids: readonly string[]): Promise<void> {
    return (await this.#chosen).deleteOps(account, cids)
  }

  async ops(account: string): Promise<StoredOp[]> {
    return (await this.#chosen).ops(account)
  }

  async putConversations(entries: readonly StoredConversation[], values?: readonly StoredValue[]): Promise<void> {
    return (await this.#chosen).putConversations(entries, values)
  }

  async deleteConversations(account: string, which: readonly string[] | 'all'): Promise<void> {
    return (await this.#chosen).deleteConversations(account, which)
  }

  async conversations(account: string): Promise<StoredConversation[]> {
    return (await this.#chosen).conversations(account)
  }

  async putValue(account: string, key: string, value: unknown): Promise<void> {
    return (await this.#chosen).putValue(account, key, value)
  }

  async value(account: string, key: string): Promise<unknown> {
    return (await this.#chosen).value(account, key)
  }

  async values(account: string, prefix: string): Promise<{ key: string, value: unknown }[]> {
    return (await this.#chosen).values(account, prefix)
  }

  async deleteValue(account: string, key: string): Promise<void> {
    return (await this.#chosen).deleteValue(account, key)
  }

  async erase(account: string): Promise<void> {
    return (await this.#chosen).erase(account)
  }

  onLost(listener: (cause: 'upgraded' | 'cleared') => void): () => void {
    return this.#first.onLost(listener)
  }

  close(): void {
    this.#first.close()
  }
}
