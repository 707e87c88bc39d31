import type { IDBPTransaction, StoreNames } from 'idb'
import type { ClientStorage, NewOp, StoredConversation, StoredOp, StoredValue } from '#parley/client/environment.ts'
import { asStorageError, DatabaseLink } from '#parley/client/storage/indexeddb-link.ts'
import type { Database, LossCause, Schema } from '#parley/client/storage/indexeddb-link.ts'

type Stores = StoreNames<Schema>
type Write = IDBPTransaction<Schema, Stores[], 'readwrite'>

/** Sorts after every string that begins with a prefix: U+FFFF is no character. */
const lastKey = '\uFFFF'
const prefixRange = (account: string, prefix: string) => IDBKeyRange.bound([account, prefix], [account, `${prefix}${lastKey}`])

/**
 * Storage in IndexedDB, shared by the tabs of this browser. Writes resolve when they are on disk. Fails with DeviceStorageError and
 * never hangs; a connection that the browser closed is opened anew once per call.
 */
export class IndexedDbStorage implements ClientStorage {
  readonly durable = true
  readonly #link: DatabaseLink

  constructor(name = 'parley') {
    this.#link = new DatabaseLink(name)
  }

  /**
   * Handed over and committed within one task: a transaction that waits for an answer first is aborted when the page goes away, and a
   * reload right after Send would lose the message.
   */
  putOp(op: NewOp): Promise<StoredOp> {
    return this.#run(async (db) => {
      const tx = db.transaction('ops', 'readwrite', { durability: 'strict' })
      try {
        // The database gives `order` when the key is absent, atomically over all tabs (R4); the type of the store cannot say so.
        const added = tx.store.add(op as StoredOp)
        tx.commit()
        const [order] = await Promise.all([added, tx.done])
        return { ...op, order }
      }
      catch (error) {
        const known = await db.getFromIndex('ops', 'cid', [op.account, op.cid])
        if (known === undefined) throw error
        return known
      }
    })
  }

  putOps(account: string, ops: readonly NewOp[], newer: readonly NewOp[]): Promise<void> {
    return this.#write(['ops'], async (tx) => {
      await deleteOps(tx, account, newer.map(({ cid }) => cid))
      const store = tx.objectStore('ops')
      for (const op of [...ops, ...newer]) {
        const known = await store.index('cid').get([account, op.cid])
        if (!known || op.failure) await store.put({ ...known, ...op } as StoredOp)
      }
    })
  }

  updateOp(account: string, cid: string, change: { failure?: string | undefined }): Promise<void> {
    return this.#write(['ops'], async (tx) => {
      const stored = await tx.objectStore('ops').index('cid').get([account, cid])
      if (stored === undefined) return
      const { failure: _replaced, ...rest } = stored
      await tx.objectStore('ops').put(change.failure === undefined ? rest : { ...rest, failure: change.failure })
    })
  }

  deleteOps(account: string, cids: readonly string[]): Promise<void> {
    return this.#write(['ops'], tx => deleteOps(tx, account, cids))
  }

  ops(account: string): Promise<StoredOp[]> {
    return this.#run(db => db.getAllFromIndex('ops', 'account', account))
  }

  putConversations(entries: readonly StoredConversation[], values: readonly StoredValue[] = []): Promise<void> {
    return this.#write(values.length === 0 ? ['conversations'] : ['conversations', 'values'], async (tx) => {
      const puts = [
        ...entries.map(entry => tx.objectStore('conversations').put(entry)),
        ...values.map(value => tx.objectStore('values').put(value)),
      ]
      tx.commit() // see putOp: what came just before a reload is written by the page's last breath
      await Promise.all(puts)
    })
  }

  deleteConversations(account: string, which: readonly string[] | 'all'): Promise<void> {
    return this.#write(['conversations'], tx => deleteConversations(tx, account, which))
  }

  conversations(account: string): Promise<StoredConversation[]> {
    return this.#run(db => db.getAllFromIndex('conversations', 'account', account))
  }

  putValue(account: string, key: string, value: unknown): Promise<void> {
    return this.#write(['values'], async (tx) => {
      const put = tx.objectStore('values').put({ account, key, value })
      tx.commit() // see putOp: a draft is often saved by the page's last breath
      await put
    })
  }

  value(account: string, key: string): Promise<unknown> {
    return this.#run(async db => (await db.get('values', [account, key]))?.value)
  }

  values(account: string, prefix: string): Promise<{ key: string, value: unknown }[]> {
    return this.#run(async db => (await db.getAll('values', prefixRange(account, prefix))).map(({ key, value }) => ({ key, value })))
  }

  deleteValue(account: string, key: string): Promise<void> {
    return this.#write(['values'], (tx) => {
      const deleted = tx.objectStore('values').delete([account, key])
      tx.commit()
      return deleted
    })
  }

  erase(account: string): Promise<void> {
    return this.#write(['ops', 'conversations', 'values'], async (tx) => {
      const keys = await tx.objectStore('ops').index('account').getAllKeys(account)
      await Promise.all(keys.map(key => tx.objectStore('ops').delete(key)))
      await deleteConversations(tx, account, 'all')
      await tx.objectStore('values').delete(prefixRange(account, ''))
    })
  }

  onLost(listener: (cause: LossCause) => void): () => void {
    return this.#link.onLost(listener)
  }

  close(): void {
    this.#link.close()
  }

  async #run<T>(use: (db: Database) => Promise<T>): Promise<T> {
    const db = await this.#link.database()
    try {
      return await use(db)
    }
    catch (error) {
      const known = asStorageError(error)
      if (known.reason !== 'closed') throw known
      this.#link.drop()
      return use(await this.#link.database()).catch((again: unknown) => {
        throw asStorageError(again)
      })
    }
  }

  #write<T>(stores: Stores[], use: (tx: Write) => Promise<T>): Promise<T> {
    return this.#run(async (db) => {
      const tx = db.transaction(stores, 'readwrite', { durability: 'strict' })
      const [result] = await Promise.all([use(tx), tx.done])
      return result
    })
  }
}

async function deleteOps(tx: Write, account: string, cids: readonly string[]): Promise<void> {
  const store = tx.objectStore('ops')
  const keys = await Promise.all(cids.map(cid => store.index('cid').getKey([account, cid])))
  await Promise.all(keys.map(key => key && store.delete(key)))
}

async function deleteConversations(tx: Write, account: string, which: readonly string[] | 'all'): Promise<void> {
  const store = tx.objectStore('conversations')
  const keys = which === 'all' ? await store.index('account').getAllKeys(account) : which.map((conversation): [string, string] => [account, conversation])
  await Promise.all(keys.map(key => store.delete(key)))
}
