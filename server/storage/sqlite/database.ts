import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import { StoreUnavailable } from '#parley/server/chat/ports.ts'
import { isBusy } from '#parley/server/storage/sqlite/errors.ts'

export type SqlRow = Record<string, SQLOutputValue>
export type SqlBlob = NodeJS.NonSharedUint8Array

/** The one connection of a store, with its statements prepared once (preparing again costs three to seven times the query). */
export class SqliteDatabase {
  readonly connection: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(connection: DatabaseSync) {
    this.connection = connection
  }

  statement(text: string): StatementSync {
    let statement = this.#statements.get(text)
    if (!statement) {
      statement = this.connection.prepare(text)
      this.#statements.set(text, statement)
    }
    return statement
  }

  get<Row extends SqlRow>(text: string, ...parameters: SQLInputValue[]): Row | undefined {
    return this.statement(text).get(...parameters) as Row | undefined
  }

  all<Row extends SqlRow>(text: string, ...parameters: SQLInputValue[]): Row[] {
    return this.statement(text).all(...parameters) as Row[]
  }

  /** Rows as lists, in the order of the columns: little more than half the cost of objects where there are many of them. */
  rows<Row extends SQLOutputValue[]>(text: string, ...parameters: SQLInputValue[]): Row[] {
    const statement = this.statement(text)
    statement.setReturnArrays(true)
    return statement.all(...parameters) as unknown[] as Row[]
  }

  run(text: string, ...parameters: SQLInputValue[]): { changes: number, lastInsertRowid: number } {
    const { changes, lastInsertRowid } = this.statement(text).run(...parameters)
    return { changes: Number(changes), lastInsertRowid: Number(lastInsertRowid) }
  }

  /**
   * Runs several reads on one state of the database, whatever another process commits meanwhile.
   * @throws StoreUnavailable another process holds the file
   */
  snapshot<T>(read: () => T): T {
    try {
      this.statement('begin').run()
      const value = read()
      this.statement('commit').run()
      return value
    }
    catch (error) {
      this.rollback()
      throw isBusy(error) ? new StoreUnavailable('busy') : error
    }
  }

  /**
   * Runs one read, of a single statement: that is a snapshot by itself.
   * @throws StoreUnavailable another process holds the file
   */
  read<T>(read: () => T): T {
    try {
      return read()
    }
    catch (error) {
      throw isBusy(error) ? new StoreUnavailable('busy') : error
    }
  }

  /** Ends a transaction if there is one: SQLite has rolled it back already when the disk is full, and says so by throwing. */
  rollback(): void {
    if (this.connection.isTransaction) this.connection.exec('rollback')
  }

  /** @returns the first column of the first row */
  pragma(text: string): SQLOutputValue | undefined {
    const row = this.connection.prepare(`pragma ${text}`).get()
    return row && Object.values(row)[0]
  }

  /** Moves the write-ahead log into the file and empties it. @returns false when somebody was reading or writing: try again later */
  checkpoint(): boolean {
    try {
      return this.pragma('wal_checkpoint(truncate)') === 0
    }
    catch (error) {
      if (!isBusy(error)) throw error
      return false
    }
  }

  close(): void {
    this.#statements.clear()
    this.connection.close()
  }
}
