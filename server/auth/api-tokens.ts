import { createHash, randomBytes } from 'node:crypto'
import type { AccountStore, ApiTokenRecord } from '#parley/server/auth/ports.ts'
import type { Clock, Random } from '#parley/server/chat/ports.ts'

/** Makes a leaked token easy to find for scanners, and a token easy to tell from a password. */
const prefix = 'parley_'

/** Stored instead of the token. Plain SHA-256 is right here: 256 random bits cannot be guessed, so nothing needs to be slow. */
export const apiTokenHash = (token: string): string => createHash('sha256').update(token).digest('base64url')

export interface ApiTokens {
  /** The token itself is in the answer and nowhere else: it is shown once. */
  create(user: string, name: string): Promise<{ token: string, record: ApiTokenRecord }>
  find(token: string): Promise<ApiTokenRecord | undefined>
}

/** API tokens of bots and scripts (`Authorization: Bearer`). */
export function createApiTokens(store: AccountStore, clock: Clock, random: Random): ApiTokens {
  return {
    async create(user, name) {
      const token = prefix + randomBytes(32).toString('base64url')
      const record: ApiTokenRecord = { id: random.id(), user, name, createdAt: clock.now() }
      await store.createApiToken({ ...record, hash: apiTokenHash(token) })
      return { token, record }
    },
    async find(token) {
      return token.startsWith(prefix) && token.length <= 128 ? await store.apiTokenByHash(apiTokenHash(token)) : undefined
    },
  }
}
