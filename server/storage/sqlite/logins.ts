import { StoreUnavailable, type Clock } from '#parley/server/chat/ports.ts'
import type { AccountStore, ApiTokenRecord, LoginRecord } from '#parley/server/auth/ports.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'
import { tokenUseEvery } from '#parley/server/storage/token-use.ts'

type LoginStore = Pick<AccountStore, 'createLogin' | 'login' | 'touchLogin' | 'loginsOf' | 'revokeLogin' | 'revokeLogins'>
type TokenStore = Pick<AccountStore, 'createApiToken' | 'apiTokenByHash' | 'revokeApiToken' | 'apiTokensOf'>

/** Number of a user by id. */
const userNum = '(select num from users where id = ?)'

type LoginRow = { [field in keyof LoginRecord]: LoginRecord[field] }

const logins = `
  select l.id, u.id as user, l.user_agent as userAgent, l.address, l.created_at as createdAt, l.last_seen_at as lastSeenAt, l.expires_at as expiresAt
    from logins l join users u on u.num = l.user`

export function createSqliteLogins(database: SqliteDatabase, writes: WriteQueue): LoginStore {
  const toLogin = (row: LoginRow): LoginRecord => ({ ...row })

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
      const row = database.read(() => database.get<LoginRow>(`${logins} where l.id = ? and l.expires_at > ?`, id, now))
      return row && toLogin(row)
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

type TokenRow = { id: string, user: string, name: string, createdAt: number, lastUsedAt: number | null }

const toToken = ({ id, user, name, createdAt, lastUsedAt }: TokenRow): ApiTokenRecord =>
  ({ id, user, name, createdAt, ...(lastUsedAt === null ? {} : { lastUsedAt }) })

const tokens = `
  select t.id, u.id as user, t.name, t.created_at as createdAt, t.last_used_at as lastUsedAt from api_tokens t join users u on u.num = t.user`

export function createSqliteTokens(database: SqliteDatabase, writes: WriteQueue, clock: Pick<Clock, 'now'>): TokenStore {
  /** A store that takes no writes now must not lock bots out: then only the note of their visit is missing. */
  async function noteUse(token: ApiTokenRecord, now: number): Promise<ApiTokenRecord> {
    if (now - (token.lastUsedAt ?? 0) < tokenUseEvery) return token
    try {
      await writes.run(() => database.run('update api_tokens set last_used_at = ? where id = ?', now, token.id))
      return { ...token, lastUsedAt: now }
    }
    catch (error) {
      if (error instanceof StoreUnavailable) return token
      throw error
    }
  }

  return {
    async createApiToken({ id, user, name, hash, createdAt, lastUsedAt }) {
      await writes.run(() => database.run(`
        insert into api_tokens (id, user, name, hash, created_at, last_used_at) select ?, num, ?, ?, ?, ? from users where id = ?`,
      id, name, hash, createdAt, lastUsedAt ?? null, user))
    },
    async apiTokenByHash(hash) {
      const row = database.read(() => database.get<TokenRow>(`${tokens} where t.hash = ?`, hash))
      return row && noteUse(toToken(row), clock.now())
    },
    revokeApiToken: (user, id) => writes.run(() => database.run(`delete from api_tokens where id = ? and user = ${userNum}`, id, user).changes > 0),
    apiTokensOf: async user => database.read(() =>
      database.all<TokenRow>(`${tokens} where t.user = ${userNum} order by t.created_at, t.id`, user)).map(toToken),
  }
}
