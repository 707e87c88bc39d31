import { createHash, randomBytes } from 'node:crypto'
import type { AccountStore, ApiTokenRecord, UserState } from '#parley/server/auth/ports.ts'
import type { ApiScope } from '#parley/shared/api-scopes.ts'
import { StoreUnavailable, type Clock, type Random } from '#parley/server/chat/ports.ts'

/** Ms between two records of a token's last use: a bot calls many times a second, and each record is a write. */
const noteEvery = 60_000

/** Makes a leaked token easy to find for scanners, and a token easy to tell from a password. */
const prefix = 'parley_'

/** Stored instead of the token. Plain SHA-256 is right here: 256 random bits cannot be guessed, so nothing needs to be slow. */
export const apiTokenHash = (token: string): string => createHash('sha256').update(token).digest('base64url')

/** Whether it looks like one; all else is not asked about. */
export const isApiToken = (token: string): boolean => token.startsWith(prefix) && token.length <= 128

export interface ApiTokens {
  /** The token itself is in the answer and nowhere else: it is shown once. */
  create(user: string, name: string, scopes?: readonly ApiScope[]): Promise<{ token: string, record: ApiTokenRecord }>
  /** The token and whose it is. */
  find(token: string): Promise<{ token: ApiTokenRecord, user: UserState } | undefined>
}

/** API tokens of bots and scripts (`Authorization: Bearer`). */
export function createApiTokens(store: AccountStore, clock: Clock, random: Random): ApiTokens {
  /** A store that takes no writes now must not lock bots out: then only the note of their visit is missing. */
  async function noteUse({ id, lastUsedAt = 0 }: ApiTokenRecord): Promise<void> {
    const now = clock.now()
    if (now - lastUsedAt < noteEvery) return
    try {
      await store.touchApiToken(id, now, now - noteEvery)
    }
    catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
    }
  }

  return {
    async create(user, name, scopes) {
      const token = prefix + randomBytes(32).toString('base64url')
      const record: ApiTokenRecord = { id: random.id(), user, name, createdAt: clock.now(), ...(scopes ? { scopes } : {}) }
      await store.createApiToken({ ...record, hash: apiTokenHash(token) })
      return { token, record }
    },
    async find(token) {
      if (!isApiToken(token)) return undefined
      const found = await store.apiToken(apiTokenHash(token))
      if (found !== undefined) await noteUse(found.token)
      return found
    },
  }
}
