import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'

/** Users remembered; beyond that all are forgotten, and read again as they are needed. */
const most = 10_000

/**
 * Ids of users by their number, as JSON. Neither ever changes and no user is ever removed, so that a page need not join and copy the same
 * few ids for each of its rows.
 */
export class UserIds {
  readonly #database: SqliteDatabase
  readonly #known = new Map<number, string>()

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  id(user: number): string {
    return JSON.parse(this.json(user)) as string
  }

  json(user: number): string {
    const known = this.#known.get(user)
    if (known !== undefined) return known
    const id = this.#database.get<{ id: string }>('select id from users where num = ?', user)?.id ?? ''
    if (this.#known.size >= most) this.#known.clear()
    const text = JSON.stringify(id)
    this.#known.set(user, text)
    return text
  }
}
