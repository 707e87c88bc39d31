import { defineCommand } from 'citty'
import { randomBytes } from 'node:crypto'
import { defineAct, say } from '#parley/cli/act.ts'
import { CommandError } from '#parley/cli/command-error.ts'
import { withStore } from '#parley/cli/open-store.ts'
import { createPasswordHasher } from '#parley/cli/password-hasher.ts'
import { readPassword } from '#parley/cli/read-password.ts'
import { dataDirOption, placesOf } from '#parley/cli/settings.ts'
import { createAdminUsers, type AdminUsers } from '#parley/server/administration/admin-users.ts'
import type { Operator } from '#parley/server/administration/admin.ts'
import { createPasswords } from '#parley/server/auth/passwords.ts'
import { systemClock as clock, systemRandom as random } from '#parley/server/config/system.ts'
import type { SqliteStore } from '#parley/server/storage/sqlite/sqlite-store.ts'
import type { PasswordReset } from '#parley/shared/administration.ts'
import { passwordFault } from '#parley/shared/password-rules.ts'
import { foldText } from '#parley/shared/fold.ts'

const operator: Operator = { address: '' }

const faults: Readonly<Record<string, string>> = {
  username_taken: 'that user name is taken',
  username_invalid: 'that is no user name: 3 to 32 letters, digits, ".", "-" and "_"',
  password_weak: 'that password is too weak: at least 8 characters, and not the user name',
  password_common: 'that password is one of those that are tried first',
  last_admin: 'that is the last admin who can log in; make another one first',
  not_found: 'there is no such user',
  bad_request: 'that display name cannot be used',
}

/** @throws CommandError what the server would refuse */
function need<T>(result: { ok: true, value: T } | { ok: false, code: string }): T {
  if (!result.ok) throw new CommandError(faults[result.code] ?? result.code)
  return result.value
}

interface Tools { users: AdminUsers, store: SqliteStore, idOf(name: string): Promise<string> }

function withUsers(dataDir: string | undefined, use: (tools: Tools) => Promise<void>, make = false): Promise<void> {
  return withStore(placesOf(dataDir).dataDir, async (store) => {
    const passwords = await createPasswords(createPasswordHasher(), randomBytes(16).toString('base64url'))
    const users = createAdminUsers({ store, passwords, clock, random })
    await use({
      users, store,
      async idOf(name) {
        const found = await store.userByName(foldText(name))
        if (found === undefined) throw new CommandError(`there is no user ${name}`)
        return found.id
      },
    })
  }, make)
}

/** Either the password is set now, or whoever is to have the account gets a link. */
async function hand(users: AdminUsers, reset: PasswordReset, { password, url }: { password: string | undefined, url: string | undefined }): Promise<void> {
  if (password !== undefined) {
    need(await users.complete(reset.token, password, ''))
    say('The password is set; earlier log-ins have ended.')
    return
  }
  say(`The password is set at ${(url ?? '').replace(/\/+$/, '')}/reset/${reset.token} until ${new Date(reset.expiresAt).toISOString()}; who has the link sets it.`)
}

const name = { type: 'positional', required: true, description: 'User name' } as const
const handing = {
  'password-stdin': { type: 'boolean', description: 'Read the password from standard input, or ask for it at a terminal, instead of making a link' },
  'url': { type: 'string', valueHint: 'https://chat.example.com', description: 'Where the server is reached, for the link' },
} as const

const add = defineAct({ name: 'add', description: 'Makes an account, and a link by which its user sets a password' }, {
  name,
  'display-name': { type: 'string', valueHint: 'name', description: 'Shown to others; the user name by default' },
  'admin': { type: 'boolean', description: 'An admin of the server; the first account always is one' },
  ...handing, ...dataDirOption,
}, async (args) => {
  // Before anything is changed: whoever breaks off has changed nothing.
  const password = args['password-stdin'] ? await readPassword() : undefined
  const fault = password === undefined ? undefined : passwordFault(password, args.name)
  if (fault !== undefined) throw new CommandError(faults[fault] ?? fault)
  return withUsers(args['data-dir'], async ({ users }) => {
    const { user, reset } = need(await users.create(operator, { username: args.name, displayName: args['display-name'], role: args.admin ? 'admin' : 'member' }))
    say(`${user.username} has an account${user.role === 'admin' ? ' and is an admin' : ''}.`)
    await hand(users, reset, { password, url: args.url })
  }, true)
})

const reset = defineAct({ name: 'reset', description: 'Makes a link by which a user sets a new password; an earlier link no longer counts' }, { name, ...handing, ...dataDirOption },
  async (args) => {
    const password = args['password-stdin'] ? await readPassword() : undefined
    return withUsers(args['data-dir'], async ({ users, idOf }) => {
      await hand(users, need(await users.reset(operator, await idOf(args.name))), { password, url: args.url })
    })
  })

const changing = (verb: string, description: string, change: Parameters<AdminUsers['change']>[2], told: string) =>
  defineAct({ name: verb, description }, { name, ...dataDirOption }, args => withUsers(args['data-dir'], async ({ users, store, idOf }) => {
    const id = await idOf(args.name)
    need(await users.change(operator, id, change))
    if (change.disabled === true) await store.revokeLogins(id)
    say(`${args.name} ${told}.`)
  }))

/** Accounts, whether the server runs or not. */
export const user = defineCommand({
  meta: { name: 'user', description: 'Accounts: add, reset, disable, enable, promote, demote' },
  subCommands: {
    add, reset,
    disable: changing('disable', 'Ends all log-ins of a user, and lets them in no more', { disabled: true }, 'is disabled'),
    enable: changing('enable', 'Lets a disabled user in again', { disabled: false }, 'may log in again'),
    promote: changing('promote', 'Makes a user an admin of the server', { role: 'admin' }, 'is an admin now'),
    demote: changing('demote', 'Makes an admin an ordinary user', { role: 'member' }, 'is an ordinary user now'),
  },
})
