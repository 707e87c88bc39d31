import type { ClientStorage, NewOp, StoredConversation, StoredOp, StoredValue } from '#parley/client/environment.ts'

const mine = <T extends { account: string }>(rows: readonly T[], account: string): T[] => structuredClone(rows.filter(row => row.account === account))
const others = <T extends { account: string }>(rows: readonly T[], account: string): T[] => rows.filter(row => row.account !== account)

/** Storage of this page only: for browsers that refuse IndexedDB, for bots, and for tests. Values are copied, as a disk would. */
export class MemoryStorage implements ClientStorage {
  readonly durable: boolean = false
  #order = 0
  #ops: StoredOp[] = []
  #conversations: StoredConversation[] = []
  #values: StoredValue[] = []

  async putOp(op: NewOp): Promise<StoredOp> {
    return this.#put(op)
  }

  async putOps(account: string, ops: readonly NewOp[], newer: readonly NewOp[]): Promise<void> {
    void this.deleteOps(account, newer.map(({ cid }) => cid))
    for (const op of [...ops, ...newer]) {
      this.#put(op)
      if (op.failure !== undefined) void this.updateOp(account, op.cid, op)
    }
  }

  async updateOp(account: string, cid: string, change: { failure?: string | undefined }): Promise<void> {
    this.#ops = this.#ops.map((row) => {
      if (row.account !== account || row.cid !== cid) return row
      const { failure: _replaced, ...rest } = row
      return change.failure === undefined ? rest : { ...rest, failure: change.failure }
    })
  }

  async deleteOps(account: string, cids: readonly string[]): Promise<void> {
    this.#ops = this.#ops.filter(row => row.account !== account || !cids.includes(row.cid))
  }

  async ops(account: string): Promise<StoredOp[]> {
    return mine(this.#ops, account)
  }

  async putConversations(entries: readonly StoredConversation[], values: readonly StoredValue[] = []): Promise<void> {
    for (const entry of entries) {
      await this.deleteConversations(entry.account, [entry.conversation])
      this.#conversations.push(structuredClone(entry))
    }
    for (const value of values) this.#set(value)
  }

  async deleteConversations(account: string, which: readonly string[] | 'all'): Promise<void> {
    this.#conversations = this.#conversations.filter(row => row.account !== account || (which !== 'all' && !which.includes(row.conversation)))
  }

  async conversations(account: string): Promise<StoredConversation[]> {
    return mine(this.#conversations, account)
  }

  async putValue(account: string, key: string, value: unknown): Promise<void> {
    this.#set({ account, key, value })
  }

  async value(account: string, key: string): Promise<unknown> {
    return mine(this.#values, account).find(row => row.key === key)?.value
  }

  async values(account: string, prefix: string): Promise<{ key: string, value: unknown }[]> {
    return mine(this.#values, account).filter(row => row.key.startsWith(prefix)).map(({ key, value }) => ({ key, value }))
  }

  async deleteValue(account: string, key: string): Promise<void> {
    this.#values = this.#values.filter(row => row.account !== account || row.key !== key)
  }

  async erase(account: string): Promise<void> {
    this.#ops = others(this.#ops, account)
    this.#conversations = others(this.#conversations, account)
    this.#values = others(this.#values, account)
  }

  onLost(_listener: (cause: 'upgraded' | 'cleared') => void): () => void {
    return () => {}
  }

  close(): void {}

  #put(op: NewOp): StoredOp {
    const known = this.#ops.find(row => row.account === op.account && row.cid === op.cid)
    const stored = known ?? structuredClone({ ...op, order: ++this.#order })
    if (known === undefined) this.#ops.push(stored)
    return structuredClone(stored)
  }

  #set(value: StoredValue): void {
    this.#values = [...this.#values.filter(row => row.account !== value.account || row.key !== value.key), structuredClone(value)]
  }
}
