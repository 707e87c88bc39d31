import type { Environment } from '#parley/client/environment.ts'
import type { LogEvent, Member, PresenceState, UserSummary } from '#parley/shared/model.ts'
import type { BlockedFrame, PresenceNotice, UserFrame } from '#parley/shared/protocol/index.ts'

export interface PeopleOptions {
  environment: Environment
  learned(users: readonly UserSummary[]): void
  presence(user: string, state: PresenceState, lastSeen: number | undefined): void
  /** Somebody is called or shown otherwise than before. */
  renamed(user: UserSummary): void
  /** The account has blocked these users, and nobody else. */
  blocked(users: readonly string[]): void
}

/** Requests for names are gathered this long (ms), so that a page of strangers is one call. */
const gatherFor = 50
/** Ids per call, well under what a URL may hold. */
const idsPerCall = 50
/** After a failed or fruitless call the same id is not asked for again so soon (ms). */
const askAgainAfter = 30_000

/** Who is who, and who is there: names learned from wherever they appear, fetched in batches where they do not (PROTOCOL 11). */
export class People {
  readonly #options: PeopleOptions
  readonly #users = new Map<string, UserSummary>()
  readonly #presence = new Map<string, { state: PresenceState, lastSeen?: number }>()
  readonly #asked = new Map<string, number>()
  /** Known from a connection that broke, or asked for in vain. Another set after each break. */
  #doubtful = new Set<string>()
  #blocked: ReadonlySet<string> = new Set()
  #wanted = new Set<string>()
  #cancel: (() => void) | undefined
  #cancelReview: (() => void) | undefined

  constructor(options: PeopleOptions) {
    this.#options = options
  }

  /** A name, or undefined while it is being fetched. */
  user(id: string): UserSummary | undefined {
    const known = this.#users.get(id)
    if (known === undefined) this.#want(id)
    return known
  }

  presence(user: string): { state: PresenceState, lastSeen?: number } {
    return this.#presence.get(user) ?? { state: 'offline' }
  }

  heard(frame: PresenceNotice | UserFrame | BlockedFrame): void {
    if (frame.type === 'presence') return this.setPresence(frame.user, frame.state, frame.lastSeen)
    if (frame.type === 'blocked') return this.block(frame.users)
    this.learn([frame.user])
    this.#options.renamed(frame.user)
  }

  /** Told by each `welcome` and whenever it changes. */
  block(users: readonly string[] = []): void {
    if (users.length === this.#blocked.size && users.every(user => this.#blocked.has(user))) return
    this.#blocked = new Set(users)
    this.#options.blocked(users)
  }

  isBlocked(user: string): boolean {
    return this.#blocked.has(user)
  }

  /** An event as it counts for this account: nobody is mentioned by those whom they have blocked. */
  counted(event: LogEvent): LogEvent {
    if (event.kind !== 'message' || event.mentions === undefined || !this.isBlocked(event.sender)) return event
    const { mentions: _mentions, ...rest } = event
    return rest
  }

  learn(users: readonly UserSummary[]): void {
    const news = users.filter(user => JSON.stringify(this.#users.get(user.id)) !== JSON.stringify(user))
    for (const user of news) this.#users.set(user.id, user)
    for (const { id } of users) this.#doubtful.delete(id)
    if (news.length > 0) this.#options.learned(news)
  }

  learnMembers(members: readonly Member[]): void {
    this.learn(members.map(member => member.user))
    for (const { user, state, lastSeen } of members) this.setPresence(user.id, state, lastSeen)
  }

  setPresence(user: string, state: PresenceState, lastSeen: number | undefined): void {
    const known = this.#presence.get(user)
    if (known?.state === state && known.lastSeen === lastSeen) return
    this.#presence.set(user, { state, ...(lastSeen === undefined ? {} : { lastSeen }) })
    this.#options.presence(user, state, lastSeen)
  }

  /** Until a connection stands again, nobody tells this page who is called otherwise. */
  disconnected(): void {
    this.#cancelReview?.()
    this.#doubtful = new Set([...this.#doubtful, ...this.#users.keys()])
  }

  /**
   * The list of conversations has told all names that it holds. It holds 50 of each conversation: whoever else is known from before is asked
   * for, one call after the other.
   */
  async review(): Promise<void> {
    const doubtful = this.#doubtful
    this.#cancelReview?.()
    for (let ids = [...doubtful]; ids.length > 0; ids = ids.slice(idsPerCall)) {
      if (await this.#ask(ids.slice(0, idsPerCall))) continue
      // With the next connection comes the next list.
      if (doubtful === this.#doubtful) this.#cancelReview = this.#options.environment.timer(() => void this.review(), askAgainAfter)
      return
    }
  }

  dispose(): void {
    this.#cancel?.()
    this.#cancelReview?.()
  }

  #want(id: string): void {
    const { environment } = this.#options
    const asked = this.#asked.get(id)
    if (asked !== undefined && environment.monotonic() - asked < askAgainAfter) return
    this.#asked.set(id, environment.monotonic())
    this.#wanted.add(id)
    this.#cancel ??= environment.timer(() => this.#fetch(), gatherFor)
  }

  #fetch(): void {
    this.#cancel = undefined
    const ids = [...this.#wanted]
    this.#wanted = new Set()
    for (let start = 0; start < ids.length; start += idsPerCall) void this.#ask(ids.slice(start, start + idsPerCall))
  }

  /** @returns whether the server has answered while the connection held; otherwise the ids are asked for with the next list */
  async #ask(ids: readonly string[]): Promise<boolean> {
    const doubtful = this.#doubtful
    const before = ids.map(id => this.#users.get(id))
    const answer = await this.#options.environment.http.users(ids)
    // Who was told of meanwhile, by a frame, may be known better than by an answer that was under way.
    if (answer.kind === 'ok') this.learn(answer.value.users.filter(({ id }) => this.#users.get(id) === before[ids.indexOf(id)]))
    const isSure = answer.kind === 'ok' && doubtful === this.#doubtful
    // Whom the server does not know is in no doubt either.
    for (const id of ids) this.#doubtful[isSure ? 'delete' : 'add'](id)
    return isSure
  }
}
