import type { AccountStore, ApiTokenRecord, LoginRecord, UserState } from '#parley/server/auth/ports.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { apiScopes } from '#parley/shared/api-scopes.ts'
import { stateColumns, stateOfRow, type StateRow } from '#parley/server/storage/sqlite/users.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'

type LoginStore = Pick<AccountStore, 'createLogin' | 'login' | 'touchLogin' | 'loginsOf' | 'revokeLogin' | 'revokeLogins'>
type TokenStore = Pick<AccountStore, 'createApiToken' | 'apiToken' | 'touchApiToken' | 'revokeApiToken' | 'apiTokensOf'>

/** Number of a user by id. */
const userNum = '(select num from users where id = ?)'

type LoginRow = { [field in keyof LoginRecord]: LoginRecord[field] }

const loginColumns = 'l.id, u.id as user, l.user_agent as userAgent, l.address, l.created_at as createdAt, l.last_seen_at as lastSeenAt, l.expires_at as expiresAt'
const logins = `select ${loginColumns} from logins l join users u on u.num = l.user`

/** Whose a login, token or passkey is, beside its own columns. */
export type OwnerRow = Omit<StateRow, 'id'> & { user: string }
export const ownerColumns = `u.username, u.display_name, u.avatar, u.status, u.deleted_at, u.guest, u.bot, ${stateColumns}`
export const ownerOfRow = ({ user, ...row }: OwnerRow): UserState => stateOfRow({ ...row, id: user })

export function createSqliteLogins(database: SqliteDatabase, writes: WriteQueue): LoginStore {
  const toLogin = ({ id, user, userAgent, address, createdAt, lastSeenAt, expiresAt }: LoginRow): LoginRecord =>
    ({ id, user, userAgent, address, createdAt, lastSeenAt, expiresAt })

  function create({ id, user, userAgent, address, createdAt, lastSeenAt, expiresAt }: LoginRecord): void {
    // A new log-in is the moment to forget those of the same user that ran out.
    database.run(`delete from logins where user = ${userNum} and expires_at <= ?`, user, createdAt)
    database.run(`
      insert into logins (id, user, user_agent, address, created_at, last_seen_at, expires_at) select ?, num, ?, ?, ?, ?, ? from users where id = ?`,
    id, userAgent, address, createdAt, lastSeenAt, expiresAt, user)
  }

  return {
    createLogin: login => writes.run(() => create(login)),
    async login(id, now) {
      const row = database.read(() => database.get<LoginRow & OwnerRow>(`
        select ${loginColumns}, ${ownerColumns} from logins l join users u on u.num = l.user where l.id = ? and l.expires_at > ?`, id, now))
      return row && { login: toLogin(row), user: ownerOfRow(row) }
    },
    async touchLogin(id, lastSeenAt, expiresAt) {
      await writes.run(() => database.run('update logins set last_seen_at = ?, expires_at = ? where id = ?', lastSeenAt, expiresAt, id))
    },
    loginsOf: async (user, now) => database.read(() => database.all<LoginRow>(`
      ${logins} where l.user = ${userNum} and l.expires_at > ? order by l.created_at, l.id`, user, now)).map(toLogin),
    revokeLogin: (user, id) => writes.run(() => database.run(`delete from logins where id = ? and user = ${userNum}`, id, user).changes > 0),
    revokeLogins: (user, except = '') => writes.run(() => {
      const revoked = database.all<{ id: string }>(`select id from logins where user = ${userNum} and id <> ? order by id`, user, except)
      database.run(`delete from logins where user = ${userNum} and id <> ?`, user, except)
      return revoked.map(({ id }) => id)
    }),
  }
}

type TokenRow = { id: string, user: string, name: string, createdAt: number, lastUsedAt: number | null, scopes: string | null }

const toToken = ({ id, user, name, createdAt, lastUsedAt, scopes }: TokenRow): ApiTokenRecord => ({
  id, user, name, createdAt,
  ...(lastUsedAt === null ? {} : { lastUsedAt }),
  ...(scopes === null ? {} : { scopes: apiScopes.filter(scope => scopes.split(' ').includes(scope)) }),
})

const tokenColumns = 't.id, u.id as user, t.name, t.created_at as createdAt, t.last_used_at as lastUsedAt, t.scopes'
const tokens = `select ${tokenColumns} from api_tokens t join users u on u.num = t.user`

export function createSqliteTokens(database: SqliteDatabase, writes: WriteQueue): TokenStore {
  return {
    async createApiToken({ id, user, name, hash, createdAt, lastUsedAt, scopes }) {
      await writes.run(() => database.run(`
        insert into api_tokens (id, user, name, hash, created_at, last_used_at, scopes) select ?, num, ?, ?, ?, ?, ? from users where id = ?`,
      id, name, hash, createdAt, lastUsedAt ?? null, scopes?.join(' ') ?? null, user))
    },
    async apiToken(hash) {
      const row = database.read(() => database.get<TokenRow & OwnerRow>(`
        select ${tokenColumns}, ${ownerColumns} from api_tokens t join users u on u.num = t.user where t.hash = ?`, hash))
      return row && { token: toToken(row), user: ownerOfRow(row) }
    },
    async touchApiToken(id, at, before) {
      await writes.run(() => database.run('update api_tokens set last_used_at = ? where id = ? and coalesce(last_used_at, 0) <= ?', at, id, before))
    },
    revokeApiToken: (user, id) => writes.run(() => database.run(`delete from api_tokens where id = ? and user = ${userNum}`, id, user).changes > 0),
    apiTokensOf: async user => database.read(() =>
      database.all<TokenRow>(`${tokens} where t.user = ${userNum} order by t.created_at, t.id`, user)).map(toToken),
  }
}
