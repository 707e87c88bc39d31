import { createHash, randomBytes } from 'node:crypto'
import { networkOf } from '#parley/server/auth/client-address.ts'
import { createRateLimiter } from '#parley/server/auth/rate-limiter.ts'
import { mayInvite } from '#parley/server/chat/access.ts'
import { RateLimited } from '#parley/server/chat/chat-service.ts'
import type { ChatService, Outcome } from '#parley/server/chat/chat-service.ts'
import type { Clock, Random, Store } from '#parley/server/chat/ports.ts'
import type { Invite, InvitePreviewResponse, NewInviteResponse } from '#parley/shared/http.ts'
import type { Account, ConversationSummary } from '#parley/shared/model.ts'

/** Stored instead of the token. Plain SHA-256 is right here: 192 random bits cannot be guessed, so nothing needs to be slow. */
export const inviteHash = (token: string): string => createHash('sha256').update(token).digest('base64url')

/** What an invite is limited to. */
export interface InviteTerms {
  /** Ms from now; absent = it does not expire. */
  expiresIn?: number
  maxUses?: number
  /** For server admins. */
  registers?: boolean
}

/**
 * Invites of one conversation, or of the server (`conversation` undefined): those only let someone register, and the audit log tells of
 * them, with the `address` of who acts.
 */
export interface Invites {
  /** The token itself is in the answer and nowhere else: it is shown once. */
  create(account: Account, conversation: string | undefined, terms: InviteTerms, address?: string): Promise<Outcome<NewInviteResponse>>
  list(account: Account, conversation: string | undefined): Promise<Outcome<Invite[]>>
  revoke(account: Account, conversation: string | undefined, id: string, address?: string): Promise<Outcome<void>>
  /** @throws RateLimited too many from this address */
  preview(token: string, user: string | undefined, address: string): Promise<Outcome<InvitePreviewResponse>>
  /** Joins the conversation of an invite. @throws as preview */
  accept(token: string, user: string, address: string): Promise<Outcome<ConversationSummary>>
}

export interface InvitesOptions {
  store: Store
  chat: Pick<ChatService, 'join'>
  clock: Clock
  random: Random
}

/** Invites in force of one conversation: enough for people, too few to fill a disk. */
const mostInvites = 100

/** Unknown, expired, used up, revoked and not for this are one answer: else tokens could be told apart. */
const notFound = { ok: false, code: 'not_found', message: 'this invite does not count' } as const
const forbidden = { ok: false, code: 'forbidden', message: 'only admins give out invites' } as const

/** Why this account may not give out, see or revoke these invites. */
async function refusalFor(store: Store, account: Account, conversation: string | undefined): Promise<Extract<Outcome<never>, { ok: false }> | undefined> {
  if (conversation === undefined) return account.role === 'admin' ? undefined : forbidden
  const role = await store.roleOf(conversation, account.id)
  if (role === undefined) return { ok: false, code: 'not_found', message: 'there is no such conversation' }
  return mayInvite(role) ? undefined : forbidden
}

export function createInvites({ store, chat, clock, random }: InvitesOptions): Invites {
  /** A page that is opened costs two; a machine that tries tokens costs more than it could ever find. */
  const lookups = createRateLimiter(clock, { burst: 60, refill: 1_000 })

  async function find(token: string, user: string | undefined, address: string) {
    const wait = lookups.take(networkOf(address))
    if (wait > 0) throw new RateLimited(wait)
    return store.inviteByHash(inviteHash(token), clock.now(), user)
  }

  return {
    async create(account, conversation, { expiresIn, maxUses, registers = conversation === undefined }, address = '') {
      const refusal = await refusalFor(store, account, conversation) ?? (registers && account.role !== 'admin' ? forbidden : undefined)
      if (refusal) return refusal
      const createdAt = clock.now()
      if ((await store.invitesOf(conversation, createdAt)).length >= mostInvites) return { ok: false, code: 'forbidden', message: 'too many invites; revoke some first' }
      const token = randomBytes(24).toString('base64url')
      const invite = {
        id: random.id(), creator: account.id, registers, createdAt,
        ...(conversation === undefined ? {} : { conversation }),
        ...(expiresIn === undefined ? {} : { expiresAt: createdAt + expiresIn }),
        ...(maxUses === undefined ? {} : { maxUses }),
      }
      const audit = registers ? { actor: account.id, address, at: createdAt, act: 'invite.create', target: invite.id } as const : undefined
      await store.createInvite({ ...invite, hash: inviteHash(token) }, audit)
      return { ok: true, value: { token, invite: { ...invite, uses: 0 } } }
    },
    async list(account, conversation) {
      return await refusalFor(store, account, conversation) ?? { ok: true, value: await store.invitesOf(conversation, clock.now()) }
    },
    async revoke(account, conversation, id, address = '') {
      const refusal = await refusalFor(store, account, conversation)
      if (refusal) return refusal
      const audit = conversation === undefined ? { actor: account.id, address, at: clock.now(), act: 'invite.revoke', target: id } as const : undefined
      return await store.revokeInvite(conversation, id, audit) ? { ok: true, value: undefined } : { ok: false, code: 'not_found', message: 'there is no such invite' }
    },
    async preview(token, user, address) {
      const found = await find(token, user, address)
      if (!found) return notFound
      const { invite: { registers, expiresAt }, conversation } = found
      return { ok: true, value: { registers, ...(expiresAt === undefined ? {} : { expiresAt }), ...(conversation ? { conversation } : {}) } }
    },
    async accept(token, user, address) {
      const found = await find(token, user, address)
      if (found?.conversation === undefined) return notFound
      const joined = await chat.join(user, found.conversation.id, inviteHash(token))
      return joined.ok ? joined : notFound
    },
  }
}
