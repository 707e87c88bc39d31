import { networkOf } from '#parley/server/auth/client-address.ts'
import { createRateLimiter } from '#parley/server/auth/rate-limiter.ts'
import { RateLimited } from '#parley/server/chat/chat-service.ts'
import type { ChatService, Outcome } from '#parley/server/chat/chat-service.ts'
import type { Clock, Random, Store } from '#parley/server/chat/ports.ts'
import { hookHash } from '#parley/server/webhooks/hook-token.ts'
import { checkContent } from '#parley/shared/protocol/index.ts'

/** What somebody posts by a webhook. */
export interface HookPost {
  text: string
  /** Shown in place of the bot's name and picture, with this message only. */
  name?: string
  emoji?: string
  /** The client's identity of this post: with the same one it is the same post (S3). */
  cid?: string
}

export interface Posted { seq: number, at: number, duplicate: boolean }

export interface IncomingOptions {
  store: Pick<Store, 'hookByHash' | 'saveHookProgress'>
  chat: Pick<ChatService, 'post'>
  clock: Clock
  random: Pick<Random, 'cid'>
  /** False: posts are not counted, as ops of users are not (L4). */
  limited: boolean
}

/** Posts of one webhook: a burst of alerts passes, and then one a second. */
const posts = { burst: 60, refill: 1_000 }
/** Tokens of no webhook that one address may try; far from enough to find one. */
const misses = { burst: 30, refill: 2_000 }
/** Ms between two notes of when a hook was used last: not each post is worth a write. */
const noteEvery = 60_000

/** Unknown and revoked are one answer. */
const notFound = { ok: false, code: 'not_found', message: 'there is no such webhook' } as const

/**
 * Takes posts for incoming webhooks.
 *
 * @throws RateLimited by the returned function: too many posts of one hook, or too many unknown tokens from one address
 */
export function createIncoming({ store, chat, clock, random, limited }: IncomingOptions): (token: string, post: HookPost, address: string) => Promise<Outcome<Posted>> {
  const ofHooks = createRateLimiter(clock, posts)
  const ofStrangers = createRateLimiter(clock, misses)

  function spend(limiter: typeof ofHooks, key: string): void {
    const wait = limiter.take(key)
    if (wait > 0) throw new RateLimited(wait)
  }

  return async (token, { text, name, emoji, cid = random.cid() }, address) => {
    const hook = await store.hookByHash(hookHash(token))
    if (!hook) {
      spend(ofStrangers, networkOf(address))
      return notFound
    }
    if (limited) spend(ofHooks, hook.id)
    const checked = checkContent({ type: 'text', text })
    if (!checked.ok) return checked
    const as = { ...(name === undefined ? {} : { name }), ...(emoji === undefined ? {} : { emoji }) }
    const content = { type: 'text', text, ...(name === undefined && emoji === undefined ? {} : { as }) } as const
    const answer = await chat.post(hook.bot.id, { type: 'send', cid, conversation: hook.conversation, content })
    if (answer.type === 'reject') return { ok: false, code: answer.code, message: answer.message }
    const now = clock.now()
    if (now - (hook.lastUsedAt ?? 0) >= noteEvery) await store.saveHookProgress(hook.id, { lastUsedAt: now })
    return { ok: true, value: { seq: answer.seq, at: answer.at, duplicate: answer.duplicate === true } }
  }
}
