import type { Kysely } from 'kysely'
import { StoreUnavailable, type Clock } from '#parley/server/chat/ports.ts'
import type { AccountStore, ApiTokenRecord, LoginRecord } from '#parley/server/auth/ports.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import type { Schema } from '#parley/server/storage/sqlite/schema.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'
import { tokenUseEvery } from '#parley/server/storage/token-use.ts'

type LoginStore = Pick<AccountStore, 'createLogin' | 'login' | 'touchLogin' | 'loginsOf' | 'revokeLogin' | 'revokeLogins'>
type TokenStore = Pick<AccountStore, 'createApiToken' | 'apiTokenByHash' | 'revokeApiToken' | 'apiTokensOf'>

export function createSqliteLogins(database: SqliteDatabase, kysely: Kysely<Schema>, writes: WriteQueue): LoginStore {
  const numOf = (user: string) => kysely.selectFrom('users').select('num').where('users.id', '=', user)
  const stored = kysely.selectFrom('logins').innerJoin('users', 'users.num', 'logins.user').select([
    'logins.id', 'users.id as user', 'logins.user_agent as userAgent', 'logins.address', 'logins.created_at as createdAt',
    'logins.last_seen_at as lastSeenAt', 'logins.expires_at as expiresAt',
  ])
  const toLogin = (row: LoginRecord): LoginRecord => ({ ...row })

  function create({ id, user, userAgent, address, createdAt, lastSeenAt, expiresAt }: LoginRecord): void {
    // A new log-in is the moment to forget those of the same user that ran out.
    database.execute(kysely.deleteFrom('logins').where('user', '=', numOf(user)).where('expires_at', '<=', createdAt))
    database.run(`
      insert into logins (id, user, user_agent, address, created_at, last_seen_at, expires_at) select ?, num, ?, ?, ?, ?, ? from users where id = ?`,
    id, userAgent, address, createdAt, lastSeenAt, expiresAt, user)
  }

  return {
    createLogin: login => writes.run(() => create(login)),
    login: async (id, now) => database.read(() =>
      database.select(stored.where('logins.id', '=', id).where('logins.expires_at', '>', now)).map(toLogin)[0]),
    async touchLogin(id, lastSeenAt, expiresAt) {
      await writes.run(() => database.execute(kysely.updateTable('logins').set({ last_seen_at: lastSeenAt, expires_at: expiresAt }).where('id', '=', id)))
    },
    loginsOf: async (user, now) => database.read(() => database.select(stored.where('users.id', '=', user)
      .where('logins.expires_at', '>', now).orderBy('logins.created_at').orderBy('logins.id')).map(toLogin)),
    revokeLogin: (user, id) => writes.run(() => database.execute(kysely.deleteFrom('logins').where('id', '=', id).where('user', '=', numOf(user))) > 0),
    revokeLogins: (user, except) => writes.run(() => {
      const revoked = database.select(kysely.selectFrom('logins').select('id').where('user', '=', numOf(user)).where('id', '<>', except ?? '').orderBy('id'))
      database.execute(kysely.deleteFrom('logins').where('user', '=', numOf(user)).where('id', '<>', except ?? ''))
      return revoked.map(({ id }) => id)
    }),
  }
}

type TokenRow = Omit<ApiTokenRecord, 'lastUsedAt'> & { lastUsedAt: number | null }

const toToken = ({ id, user, name, createdAt, lastUsedAt }: TokenRow): ApiTokenRecord =>
  ({ id, user, name, createdAt, ...(lastUsedAt === null ? {} : { lastUsedAt }) })

export function createSqliteTokens(database: SqliteDatabase, kysely: Kysely<Schema>, writes: WriteQueue, clock: Pick<Clock, 'now'>): TokenStore {
  const stored = kysely.selectFrom('api_tokens').innerJoin('users', 'users.num', 'api_tokens.user').select([
    'api_tokens.id', 'users.id as user', 'api_tokens.name', 'api_tokens.created_at as createdAt', 'api_tokens.last_used_at as lastUsedAt',
  ])

  /** A store that takes no writes now must not lock bots out: then only the note of their visit is missing. */
  async function noteUse(token: ApiTokenRecord, now: number): Promise<ApiTokenRecord> {
    if (now - (token.lastUsedAt ?? 0) < tokenUseEvery) return token
    const use = kysely.updateTable('api_tokens').set({ last_used_at: now }).where('id', '=', token.id)
    try {
      await writes.run(() => database.execute(use))
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
      const token = database.read(() => database.select(stored.where('api_tokens.hash', '=', hash)).map(toToken)[0])
      return token && noteUse(token, clock.now())
    },
    revokeApiToken: (user, id) => writes.run(() => database.execute(kysely.deleteFrom('api_tokens').where('id', '=', id)
      .where('user', '=', kysely.selectFrom('users').select('num').where('users.id', '=', user))) > 0),
    apiTokensOf: async user => database.read(() => database.select(stored.where('users.id', '=', user)
      .orderBy('api_tokens.created_at').orderBy('api_tokens.id')).map(toToken)),
  }
}
