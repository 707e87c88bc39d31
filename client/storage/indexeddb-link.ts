import { openDB } from 'idb'
import type { DBSchema, IDBPDatabase } from 'idb'
import { DeviceStorageError } from '#parley/client/environment.ts'
import type { StoredConversation, StoredOp, StoredValue } from '#parley/client/environment.ts'

export interface Schema extends DBSchema {
  /** Key = the order common to all tabs and accounts, given by the database itself. */
  ops: { key: number, value: StoredOp, indexes: { account: string, cid: [string, string] } }
  conversations: { key: [string, string], value: StoredConversation, indexes: { account: string } }
  values: { key: [string, string], value: StoredValue }
}
export type Database = IDBPDatabase<Schema>
export type LossCause = 'upgraded' | 'cleared'

/** Raised with every change of Schema, with a step in `upgrade`. */
const version = 1
/** An older tab that does not let go of its version keeps an open pending for ever (B8): wait this long (ms), then go on without. */
const blockedLimit = 2_000
/** A disk that just woke or a browser that just started takes seconds; who goes on without has nothing of before until the page is loaded anew (ms). */
const openLimit = 10_000

function upgrade(db: Database): void {
  const ops = db.createObjectStore('ops', { keyPath: 'order', autoIncrement: true })
  ops.createIndex('account', 'account')
  ops.createIndex('cid', ['account', 'cid'], { unique: true })
  db.createObjectStore('conversations', { keyPath: ['account', 'conversation'] }).createIndex('account', 'account')
  db.createObjectStore('values', { keyPath: ['account', 'key'] })
}

const nameOf = (error: unknown): string => typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : ''

/** Any failure of IndexedDB as the one error that the core knows. */
export function asStorageError(error: unknown): DeviceStorageError {
  if (error instanceof DeviceStorageError) return error
  const name = nameOf(error)
  if (name === 'QuotaExceededError') return new DeviceStorageError('quota')
  return new DeviceStorageError(name === 'InvalidStateError' ? 'closed' : 'unavailable')
}

/** The connection to the database: opened at first use, and anew when the browser took it away unasked (Safari does; B8). */
export class DatabaseLink {
  readonly #name: string
  readonly #listeners = new Set<(cause: LossCause) => void>()
  #opening: Promise<Database> | undefined
  /** Set for good when a newer build took the database over, or on close. */
  #barred: DeviceStorageError | undefined

  constructor(name: string) {
    this.#name = name
  }

  database(): Promise<Database> {
    if (this.#barred !== undefined) return Promise.reject(this.#barred)
    this.#opening ??= this.#open()
    return this.#opening
  }

  /** The connection proved dead: the next use opens another one. */
  drop(): void {
    this.#opening = undefined
  }

  onLost(listener: (cause: LossCause) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#bar()
    this.#listeners.clear()
  }

  async #open(): Promise<Database> {
    let giveUp = (): void => {}
    const late = new Promise<never>((_resolve, reject) => {
      giveUp = () => reject(new DeviceStorageError('unavailable'))
    })
    // Neither is heard any more once it is open.
    setTimeout(giveUp, openLimit)
    const opened = this.#request(() => setTimeout(giveUp, blockedLimit))
    try {
      return await Promise.race([opened, late])
    }
    catch (error) {
      this.drop()
      opened.then(db => db.close(), () => {})
      if (nameOf(error) === 'VersionError') this.#upgraded()
      throw asStorageError(error)
    }
  }

  /** Async, since some browsers throw from `open` itself. */
  async #request(blocked: () => unknown): Promise<Database> {
    return openDB<Schema>(this.#name, version, {
      upgrade,
      blocked,
      // Another tab holds a newer build: let it upgrade, and write nothing in the old shape any more (F42).
      blocking: () => this.#upgraded(),
      terminated: () => this.#lost('cleared'),
    })
  }

  #upgraded(): void {
    this.#bar()
    this.#lost('upgraded')
  }

  #bar(): void {
    this.#barred ??= new DeviceStorageError('closed')
    this.#opening?.then(db => db.close(), () => {})
    this.#opening = undefined
  }

  #lost(cause: LossCause): void {
    this.drop()
    for (const listener of this.#listeners) listener(cause)
  }
}
