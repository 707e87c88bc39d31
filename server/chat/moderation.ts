import type { Ban } from '#parley/shared/administration.ts'
import type { MemberRole } from '#parley/shared/model.ts'
import { codePointLength, isCleanText, limits } from '#parley/shared/protocol/index.ts'
import { mayModerate } from '#parley/server/chat/access.ts'
import type { ChatService, Outcome } from '#parley/server/chat/chat-service.ts'
import type { ChatContext } from '#parley/server/chat/context.ts'
import type { AuditEntry } from '#parley/server/chat/moderation-port.ts'
import type { ChangeExtra, Ops } from '#parley/server/chat/ops.ts'
import type { LogChange } from '#parley/server/chat/ports.ts'

type Refused = Extract<Outcome<never>, { ok: false }>
type ModerationCalls = Pick<ChatService, 'ban' | 'bans' | 'liftBan' | 'mute' | 'actAsServer'>

const done = (): Outcome<void> => ({ ok: true, value: undefined })
const forbidden = (message: string): Refused => ({ ok: false, code: 'forbidden', message })
/** The same for a stranger and for a conversation that does not exist (S8, X11). */
const notFound: Refused = { ok: false, code: 'not_found', message: 'there is no such conversation' }

/** Ms for which somebody may be kept from writing: longer ones leave better by being removed. */
const longestMute = 366 * 24 * 3_600_000

function checkReason(reason: string | undefined): Refused | undefined {
  if (reason === undefined) return undefined
  if (!isCleanText(reason)) return { ok: false, code: 'bad_content', message: 'the reason holds a lone surrogate or NUL' }
  return codePointLength(reason) > limits.topicCodePoints ? { ok: false, code: 'too_long', message: 'the reason is too long' } : undefined
}

interface ModerationOptions {
  context: ChatContext
  ops: Ops
  /** Users whose view of a conversation has changed, beside what its log says. */
  onRefresh: (conversation: string, users: string[]) => void
}

/** What owners and admins of a conversation do about its members, and what the server does by itself in any conversation. */
export class Moderation implements ModerationCalls {
  readonly #options: ModerationOptions

  constructor(options: ModerationOptions) {
    this.#options = options
  }

  async ban(user: string, id: string, member: string, reason: string | undefined, audit: AuditEntry): Promise<Outcome<void>> {
    if (user === member) return forbidden('nobody bans themselves')
    const unfit = checkReason(reason)
    if (unfit) return unfit
    return this.#change(id, user, { kind: 'member', user: member, change: 'leave' }, { ban: reason === undefined ? {} : { reason }, audit })
  }

  async bans(user: string, id: string): Promise<Outcome<Ban[]>> {
    const refused = await this.#refusal(user, id)
    return refused ?? { ok: true, value: await this.#options.context.store.bansOf(id) }
  }

  async liftBan(user: string, id: string, member: string, audit: AuditEntry): Promise<Outcome<void>> {
    const refused = await this.#refusal(user, id)
    if (refused) return refused
    return await this.#options.context.store.liftBan(id, member, audit) ? done() : { ok: false, code: 'bad_target', message: 'that user is not banned' }
  }

  async mute(user: string, id: string, member: string, mute: { duration: number, reason?: string } | undefined, audit: AuditEntry): Promise<Outcome<void>> {
    const { context: { store, clock }, onRefresh } = this.#options
    const unfit = checkReason(mute?.reason)
    if (unfit) return unfit
    const role = await store.roleOf(id, member)
    const refused = await this.#refusal(user, id, role)
    if (refused) return refused
    // They decide about mutes themselves; one would only seem to work.
    if (role === 'owner' || role === 'admin') return forbidden('owners and admins are not muted')
    const at = clock.now()
    const until = mute && { until: at + Math.min(mute.duration, longestMute), by: user, at, ...(mute.reason === undefined ? {} : { reason: mute.reason }) }
    if (role === undefined || !await store.setMute(id, member, until, audit)) return { ok: false, code: 'bad_target', message: 'that user is not a member' }
    onRefresh(id, [...new Set([member, user])])
    return done()
  }

  actAsServer(id: string, actor: string, change: LogChange, extra: Omit<ChangeExtra, 'invite' | 'closing' | 'authority'>): Promise<Outcome<void>> {
    return this.#change(id, actor, change, { ...extra, authority: 'server' })
  }

  async #change(id: string, actor: string, change: LogChange, extra: ChangeExtra): Promise<Outcome<void>> {
    const result = await this.#options.ops.change(id, actor, change, extra)
    return result.ok ? done() : { ok: false, code: result.code, message: result.message }
  }

  async #refusal(user: string, id: string, subject: MemberRole = 'member'): Promise<Refused | undefined> {
    const role = await this.#options.context.store.roleOf(id, user)
    if (role === undefined) return notFound
    return mayModerate(role, subject) ? undefined : forbidden('only the owner and admins moderate')
  }
}
