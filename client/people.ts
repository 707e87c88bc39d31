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
  #blocked: ReadonlySet<string> = new Set()
  #wanted = new Set<string>()
  #cancel: (() => void) | undefined

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

  dispose(): void {
    this.#cancel?.()
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
    for (let start = 0; start < ids.length; start += idsPerCall) {
      void this.#options.environment.http.users(ids.slice(start, start + idsPerCall)).then((answer) => {
        if (answer.kind === 'ok') this.learn(answer.value.users)
      })
    }
  }
}
