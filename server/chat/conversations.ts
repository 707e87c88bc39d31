import { codePointLength, isCleanText, limits } from '#parley/shared/protocol/index.ts'
import type { ConversationKind, ConversationSummary, Member, MemberRole } from '#parley/shared/model.ts'
import type { ChatService, Outcome } from '#parley/server/chat/chat-service.ts'
import { judgeGathering } from '#parley/server/chat/access.ts'
import type { ChatContext } from '#parley/server/chat/context.ts'
import type { FirstPaintViewer } from '#parley/server/chat/first-paint-port.ts'
import { readFirstPaintText } from '#parley/server/chat/first-paint-port.ts'
import type { Ops } from '#parley/server/chat/ops.ts'
import { done, notFound, refuse, type Refused } from '#parley/server/chat/outcomes.ts'
import type { HistoryRequest, LogChange, MemberSettings } from '#parley/server/chat/ports.ts'
import type { Summaries } from '#parley/server/chat/summaries.ts'

type ConversationCalls = Pick<ChatService,
  'conversations' | 'conversation' | 'createConversation' | 'changeConversation' | 'members' | 'addMember' | 'join' | 'changeRole' | 'removeMember' | 'saveSettings' | 'history' | 'firstPaint'>

/** Members in a page of `…/members`. */
const memberPageSize = 100

function checkText(text: string, most: number, what: string, required: boolean): Refused | undefined {
  if (!isCleanText(text)) return refuse('bad_content', `${what} holds a lone surrogate or NUL`)
  if (codePointLength(text) > most) return refuse('too_long', `${what} is too long`)
  return required && text.trim() === '' ? refuse('empty', `${what} is empty`) : undefined
}

interface ConversationsOptions {
  context: ChatContext
  ops: Ops
  summaries: Summaries
  /** Users for whom a conversation is new or has changed, beside what its log says. */
  onRefresh: (conversation: string, users: string[]) => void
}

/** What fills a large screen; the rest comes when the page is alive. */
const firstViews = { conversations: 16, messages: 40 }

/** Conversations and their members (§11). What changes is an event in the log like any op, so permission is decided in the store's transaction (S8). */
export class Conversations implements ConversationCalls {
  readonly #options: ConversationsOptions

  constructor(options: ConversationsOptions) {
    this.#options = options
  }

  conversations(user: string): Promise<ConversationSummary[]> {
    return this.#options.summaries.of(user)
  }

  async conversation(user: string, id: string): Promise<ConversationSummary | undefined> {
    const [summary] = await this.#options.summaries.of(user, id)
    return summary
  }

  async createConversation(user: string, request: { kind: ConversationKind, title: string, members: string[] }): Promise<Outcome<ConversationSummary>> {
    const { context, onRefresh } = this.#options
    const { kind } = request
    const others = [...new Set(request.members)].filter(member => member !== user)
    if (kind === 'direct' && others.length > 1) return refuse('bad_target', 'a direct conversation has one other member')
    const title = kind === 'direct' ? '' : request.title
    const unfit = kind === 'direct' ? undefined : checkText(title, limits.titleCodePoints, 'title', true)
    if (unfit) return unfit
    const known = others.length === 0 ? [] : await context.store.usersById(others)
    if (known.filter(({ deleted, bot }) => !deleted && !bot).length < others.length) return refuse('not_found', 'there is no such user')
    const members = [user, ...others]
    const refused = await this.#judgeGathering(user, kind, others)
    if (refused) return refused
    const { id, created } = await context.store.createConversation({ id: context.random.id(), kind, title, members, at: context.clock.now() })
    if (created) onRefresh(id, members)
    return this.#view(user, id)
  }

  /** A direct conversation that is there already can be read by whoever was blocked in it; sending is refused by the log (S9). */
  async #judgeGathering(user: string, kind: ConversationKind, others: readonly string[]): Promise<Refused | undefined> {
    const { store } = this.#options.context
    const refusing = others.length === 0 ? [] : await store.blockersOf(user, others)
    const refusal = judgeGathering(refusing.length)
    if (!refusal) return undefined
    const summaries = kind === 'direct' ? await store.summaries(user) : []
    const known = summaries.some(summary => summary.kind === 'direct' && summary.members.some(member => member.user.id === others[0]))
    return known ? undefined : refuse(refusal.code, refusal.message)
  }

  async changeConversation(user: string, id: string, change: { title?: string, topic?: string, avatar?: string, closed?: true, public?: boolean }): Promise<Outcome<ConversationSummary>> {
    const { title, topic, avatar } = change
    const unfit = (title === undefined ? undefined : checkText(title, limits.titleCodePoints, 'title', true))
      ?? (topic === undefined ? undefined : checkText(topic, limits.topicCodePoints, 'topic', false))
    if (unfit) return unfit
    if (avatar && !await this.#options.context.store.avatar(avatar)) return refuse('bad_target', 'there is no such avatar')
    return this.#change(user, id, { kind: 'meta', ...change })
  }

  async members(user: string, id: string, after: string | undefined): Promise<Outcome<{ members: Member[], next?: string }>> {
    const { context, summaries } = this.#options
    if (!await this.#isMember(user, id)) return notFound()
    const members = await context.store.memberPage(id, after, memberPageSize)
    await summaries.complete(user, members)
    const last = members.length === memberPageSize ? members.at(-1) : undefined
    return done({ members, ...(last ? { next: last.user.id } : {}) })
  }

  addMember(user: string, id: string, member: string, role?: MemberRole): Promise<Outcome<ConversationSummary>> {
    return this.#change(user, id, { kind: 'member', user: member, change: 'join', role: role ?? 'member' })
  }

  async join(user: string, id: string, invite?: string): Promise<Outcome<ConversationSummary>> {
    if (await this.#isMember(user, id)) return this.#view(user, id)
    const result = await this.#options.ops.change(id, user, { kind: 'member', user, change: 'join', role: 'member' }, invite === undefined ? {} : { invite })
    // Refused may also mean that another tab of this user was quicker.
    return result.ok || await this.#isMember(user, id) ? this.#view(user, id) : refuse(result.code, result.message)
  }

  changeRole(user: string, id: string, member: string, role: MemberRole): Promise<Outcome<ConversationSummary>> {
    return this.#change(user, id, { kind: 'member', user: member, change: 'role', role })
  }

  async removeMember(user: string, id: string, member: string): Promise<Outcome<void>> {
    const { ops } = this.#options
    if (user === member) {
      const unfit = await this.#handOver(user, id)
      if (unfit) return unfit
    }
    const result = await ops.change(id, user, { kind: 'member', user: member, change: 'leave' })
    return result.ok ? done(undefined) : refuse(result.code, result.message)
  }

  async eraseOwn(user: string, id: string, seq: number): Promise<Outcome<void>> {
    const result = await this.#options.ops.change(id, user, { kind: 'delete', target: seq }, { closing: true })
    return result.ok ? done(undefined) : refuse(result.code, result.message)
  }

  async saveSettings(user: string, id: string, settings: MemberSettings): Promise<Outcome<ConversationSummary>> {
    if (!await this.#isMember(user, id)) return notFound()
    await this.#options.context.store.saveMemberSettings(id, user, settings)
    this.#options.onRefresh(id, [user])
    return this.#view(user, id)
  }

  async history(user: string, request: HistoryRequest): Promise<Outcome<string>> {
    const limit = Math.min(Math.max(1, Math.trunc(request.limit)), limits.historyMax)
    const { store } = this.#options.context
    const [result, epoch] = await Promise.all([store.history({ ...request, limit, reader: user }), store.epoch()])
    return result === undefined ? notFound() : done(`{"epoch":${JSON.stringify(epoch)},${result.slice(1)}`)
  }

  async firstPaint(viewer: FirstPaintViewer, at: { conversation?: string, around?: number }): Promise<{ user: string, view: string, epoch: string } | undefined> {
    const { store } = this.#options.context
    const [text, epoch] = await Promise.all([store.firstPaint({ ...at, viewer, ...firstViews }), store.epoch()])
    return text === undefined ? undefined : { ...readFirstPaintText(text), epoch }
  }

  /** A leaving last owner makes the heir an owner first, so that no group is ever without one (§11). */
  async #handOver(user: string, id: string): Promise<Refused | undefined> {
    const { context: { store }, ops } = this.#options
    const owners = await store.owners(id)
    if (owners.length !== 1 || owners[0] !== user) return undefined
    const heir = await store.heirOf(id, user)
    if (heir === undefined) return undefined
    const result = await ops.change(id, user, { kind: 'member', user: heir, change: 'role', role: 'owner' })
    // Nobody needs to own what is closed; one may still leave it.
    return result.ok || result.code === 'conversation_closed' ? undefined : refuse(result.code, result.message)
  }

  async #change(user: string, id: string, change: LogChange): Promise<Outcome<ConversationSummary>> {
    const result = await this.#options.ops.change(id, user, change)
    return result.ok ? this.#view(user, id) : refuse(result.code, result.message)
  }

  async #view(user: string, id: string): Promise<Outcome<ConversationSummary>> {
    const summary = await this.conversation(user, id)
    return summary ? done(summary) : notFound()
  }

  async #isMember(user: string, id: string): Promise<boolean> {
    return await this.#options.context.store.roleOf(id, user) !== undefined
  }
}
