import { CommandError } from '#parley/cli/command-error.ts'
import type { ExportLine } from '#parley/cli/exchange/lines.ts'
import { isUsername } from '#parley/server/auth/usernames.ts'
import type { SqliteStore } from '#parley/server/storage/sqlite/sqlite-store.ts'
import { foldText } from '#parley/shared/fold.ts'

type UserLine = Extract<ExportLine, { type: 'user' }>

export interface PeopleOptions {
  store: SqliteStore
  /** Take an account of the same user name for the same person. */
  sameNames: boolean
  /** Of a password that nobody knows. */
  passwordHash: string
}

/** People of an export as people of this server. */
export class ImportedPeople {
  readonly #options: PeopleOptions
  readonly #ids = new Map<string, string>()
  readonly #gone: string[] = []
  /** Accounts that were made. */
  made = 0

  constructor(options: PeopleOptions) {
    this.#options = options
  }

  /** @throws CommandError the user name is somebody else's here */
  async add({ id, username, displayName, createdAt, deleted }: UserLine): Promise<void> {
    const { store, sameNames, passwordHash } = this.#options
    if (await store.userById(id) !== undefined || (await store.usersById([id])).length > 0) return void this.#ids.set(id, id)
    // All who are gone have one name.
    const name = deleted ? `gone-${id.toLowerCase().replace(/[^a-z0-9]/g, '').slice(0, 20)}` : username
    if (!isUsername(name)) throw new CommandError(`"${name}" is no user name here`)
    const same = await store.userByName(foldText(name))
    if (same !== undefined) {
      if (!sameNames) throw new CommandError(`the user name ${name} belongs to another account here; with --same-names accounts of one name are taken for one person`)
      return void this.#ids.set(id, same.id)
    }
    const result = await store.createUser({ id, username: name, usernameKey: foldText(name), displayName, passwordHash, at: createdAt, mayBeFirst: false })
    if (!result.ok) throw new CommandError(result.code === 'setup_code_required' ? 'this server has no account yet; make its admin first: parley user add' : `the account ${name} could not be made (${result.code})`)
    this.#ids.set(id, id)
    this.made++
    if (deleted) this.#gone.push(id)
  }

  /** @throws CommandError the export has not told of them */
  idOf(id: string): string {
    const own = this.#ids.get(id)
    if (own === undefined) throw new CommandError(`user ${id} was not described before`)
    return own
  }

  /** Ends the accounts of those who were gone already; what that brings with it, the server does at its next start. */
  async finish(now: number): Promise<void> {
    for (const id of this.#gone) await this.#options.store.closeAccount(id, { at: now, erase: false })
  }
}
