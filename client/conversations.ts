import { advanced, entryOf, isBehind, joinedEntry, readUpTo, receipted, refreshed, unreadAbove } from '#parley/client/conversation-entry.ts'
import type { ConversationEntry, ExactCount } from '#parley/client/conversation-entry.ts'
import { inListOrder, viewOf, watermarksOf } from '#parley/client/conversation-view.ts'
import type { DeviceView } from '#parley/client/conversation-view.ts'
import type { Environment, HttpAnswer } from '#parley/client/environment.ts'
import type { ConfirmedMessage } from '#parley/client/rows.ts'
import type { Watermarks } from '#parley/client/timeline-window.ts'
import type { ConversationView } from '#parley/client/types.ts'
import type { Account, ConversationSummary, DeleteEvent, EditEvent, LogEvent, Member, UserSummary } from '#parley/shared/model.ts'
import type { Heads, ReceiptFrame } from '#parley/shared/protocol/index.ts'

export interface DirectoryOptions {
  environment: Environment
  account: Account
  changed(): void
  /** Counts from held rows, where all that are unread are held. */
  exact(conversation: string): ExactCount
  /** Last confirmed row held, the own newest unconfirmed one, and so on. */
  device(conversation: string, last: ConfirmedMessage | undefined): DeviceView
  learned(members: readonly Member[]): void
  watermarks(conversation: string, marks: Watermarks): void
  /** A summary said how long the log is. */
  told(conversation: string, head: number): void
  /** The whole list has been told anew. */
  listed(): void
  /** Conversations of which rows are held, in the list or not. */
  held(): Iterable<string>
  /** This account is no longer a member. */
  gone(conversation: string): void
}

/** Doubtful counts are asked for at most this often per conversation (ms): long enough for a `read` on its way to arrive first. */
const fetchDelay = 1_200
/** A call that failed while the socket lives is made again after this time (ms), up to twice as long: counts and names depend on it. */
const retryDelay = 4_000

/** The list of conversations: the server's summaries, kept current by events and receipts, and fetched again when in doubt. */
export class Directory {
  readonly #options: DirectoryOptions
  readonly #entries = new Map<string, ConversationEntry>()
  readonly #views = new Map<string, ConversationView>()
  #list: readonly ConversationView[] | undefined
  /** Read positions of conversations without a summary yet. */
  readonly #readAhead = new Map<string, number>()
  /** Undefined: awaits the next connection, whose list need not tell, since it may be older than what is known here by then. */
  readonly #fetches = new Map<string, (() => void) | undefined>()
  /** Events that came while a summary was under way, by conversation: in a busy one it is always older than they are. */
  readonly #since = new Map<string, LogEvent[]>()
  /** Joined since the last list was asked for: absent from its answer for no bad reason. */
  readonly #joined = new Set<string>()
  /** Counts the summaries taken; by conversation, the count at its last one, or at its removal. Tells an answer that another summary has overtaken. */
  #taken = 0
  readonly #takenAt = new Map<string, number>()
  #refreshing: Promise<void> | undefined
  #cancelRefresh: (() => void) | undefined
  #online = false

  constructor(options: DirectoryOptions) {
    this.#options = options
  }

  list(): readonly ConversationView[] {
    this.#list ??= [...this.#entries.keys()].map(id => this.view(id)!).sort(inListOrder)
    return this.#list
  }

  view(id: string): ConversationView | undefined {
    const entry = this.#entries.get(id)
    if (entry === undefined) return undefined
    const view = this.#views.get(id) ?? viewOf(entry.summary, this.#options.account, this.#options.device(id, entry.last))
    this.#views.set(id, view)
    return view
  }

  summary(id: string): ConversationSummary | undefined {
    return this.#entries.get(id)?.summary
  }

  summaries(): ConversationSummary[] {
    return this.list().map(({ label: _label, activeAt: _activeAt, last: _last, failed: _failed, draft: _draft, draftFiles: _files, ...summary }) => summary)
  }

  /** Something that the view derives from changed elsewhere: a row, a failure, a draft. */
  touch(id: string): void {
    if (!this.#entries.has(id)) return
    this.#views.delete(id)
    this.#list = undefined
    this.#options.changed()
  }

  /** Takes summaries where nothing is known yet. */
  restore(summaries: readonly ConversationSummary[]): void {
    for (const summary of summaries) this.put(summary)
  }

  /** Takes summaries that the device kept, where others are shown already: whoever knows more of each part has it. */
  join(kept: readonly ConversationSummary[]): void {
    const { account } = this.#options
    for (const summary of kept) {
      const shown = this.#entries.get(summary.id)
      if (shown === undefined) {
        this.put(summary)
        continue
      }
      const entry = joinedEntry(entryOf(summary, account.id), shown)
      this.#set(summary.id, entry)
      this.#options.learned(entry.summary.members)
      this.#markRows(summary.id)
    }
  }

  /**
   * Takes a summary.
   *
   * @param asked of an answer to a call: `#taken` when it was asked for. A summary that came since may be newer or older than the answer
   * (a pin set on another device is pushed while the list is under way): what is known stays, and the server is asked once more.
   */
  put(summary: ConversationSummary, since?: readonly LogEvent[], asked = this.#taken): void {
    const known = this.#entries.get(summary.id)
    const overtaken = (this.#takenAt.get(summary.id) ?? 0) > asked
    // Removed while the call was under way: who is brought in again is told so by the server.
    if (known === undefined && overtaken) return
    this.#takenAt.set(summary.id, ++this.#taken)
    if (known === undefined) this.#joined.add(summary.id)
    this.#set(summary.id, known === undefined ? entryOf(summary, this.#options.account.id) : refreshed(known, summary, this.#options.account.id, { since, overtaken }))
    if (known !== undefined && (overtaken || isBehind(summary, known) || since?.some(recounts))) this.doubt(summary.id)
    this.#read(summary.id, this.#readAhead.get(summary.id) ?? 0)
    this.#readAhead.delete(summary.id)
    this.#options.told(summary.id, summary.head)
    this.#options.learned(summary.members)
    this.#markRows(summary.id)
  }

  connected(heads: Heads): void {
    this.#online = true
    for (const [id, [, readSeq]] of Object.entries(heads)) this.#read(id, readSeq)
    for (const id of this.#fetches.keys()) this.doubt(id)
  }

  disconnected(): void {
    this.#online = false
    for (const [id, cancel] of this.#fetches) {
      cancel?.()
      this.#fetches.set(id, undefined)
    }
    this.#cancelRefresh?.()
    this.#cancelRefresh = undefined
  }

  /** Fetches the whole list; calls at the same time share one request. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  /** The log moved on by one event. */
  event(id: string, event: LogEvent): void {
    const known = this.#entries.get(id)
    if (known === undefined) return this.doubt(id)
    this.#since.get(id)?.push(event)
    const entry = advanced(known, event, this.#options.account.id)
    // A page of history may have put the cursor past events that were never given out: nobody has counted those.
    const leapt = event.seq > known.countedTo + 1
    const { summary } = entry
    const recount = leapt || (recounts(event) && event.target > unreadAbove(summary)
      && (event.kind === 'delete' || summary.mentions > 0 || event.mentions?.includes(this.#options.account.id)))
    const counts = recount || event.kind === 'message' ? this.#options.exact(id)(unreadAbove(summary)) : undefined
    this.#set(id, counts === undefined ? entry : { ...entry, summary: { ...summary, ...counts } })
    if ((recount && counts === undefined) || (event.kind === 'member' && event.change !== 'leave')) this.doubt(id)
    if (event.kind === 'member') this.#markRows(id)
  }

  receipt(frame: ReceiptFrame): void {
    const known = this.#entries.get(frame.conversation)
    if (known !== undefined) this.#set(frame.conversation, receipted(known, frame.user, frame))
    if (frame.user === this.#options.account.id && frame.read !== undefined) this.#read(frame.conversation, frame.read)
    else this.#markRows(frame.conversation)
  }

  /** Somebody is called or shown otherwise than the summaries say. */
  renamed(user: UserSummary): void {
    for (const [id, entry] of this.#entries) {
      const { members } = entry.summary
      if (!members.some(member => member.user.id === user.id)) continue
      this.#set(id, { ...entry, summary: { ...entry.summary, members: members.map(member => member.user.id === user.id ? { ...member, user } : member) } })
    }
  }

  /** The user read up to here, on this device. */
  read(id: string, seq: number): number {
    this.#read(id, Math.min(seq, this.summary(id)?.head ?? seq))
    return this.#entries.get(id)?.summary.readSeq ?? seq
  }

  /** Only the server knows now; asks it soon. */
  doubt(id: string): void {
    this.#fetchIn(id, this.#entries.has(id) ? fetchDelay : 0)
  }

  remove(id: string): void {
    if (!this.#entries.delete(id)) return
    this.#views.delete(id)
    this.#joined.delete(id)
    this.#takenAt.set(id, ++this.#taken)
    this.#list = undefined
    this.#options.changed()
  }

  clear(): void {
    for (const id of [...this.#entries.keys()]) this.remove(id)
    this.#readAhead.clear()
  }

  #set(id: string, entry: ConversationEntry): void {
    this.#entries.set(id, entry)
    this.touch(id)
  }

  #read(id: string, seq: number): void {
    const known = this.#entries.get(id)
    // The summary is on its way, and may have been read before this: the furthest position counts (R18).
    if (known === undefined) return void this.#readAhead.set(id, Math.max(seq, this.#readAhead.get(id) ?? 0))
    if (seq <= known.summary.readSeq) return
    const { entry, sure } = readUpTo(known, seq, this.#options.exact(id))
    this.#set(id, entry)
    if (!sure) this.doubt(id)
  }

  #markRows(id: string): void {
    const summary = this.summary(id)
    if (summary !== undefined) this.#options.watermarks(id, watermarksOf(summary, this.#options.account.id))
  }

  #fetchIn(id: string, delay: number): void {
    if (!this.#fetches.get(id)) this.#fetches.set(id, this.#online ? this.#options.environment.timer(() => void this.#fetch(id), delay) : undefined)
  }

  #later(): number {
    return retryDelay * (1 + this.#options.environment.random())
  }

  async #fetch(id: string): Promise<void> {
    const since: LogEvent[] = []
    this.#fetches.delete(id)
    this.#since.set(id, since)
    const asked = this.#taken
    const answer = await this.#options.environment.http.conversation(id)
    if (this.#since.get(id) === since) this.#since.delete(id)
    if (answer.kind === 'ok') this.put(answer.value.conversation, since, asked)
    else if (isPassing(answer)) this.#fetchIn(id, this.#later())
    else if (answer.kind === 'refused' && answer.status === 404) this.#options.gone(id)
  }

  async #refresh(): Promise<void> {
    this.#joined.clear()
    const held = [...this.#options.held()]
    const asked = this.#taken
    const answer = await this.#options.environment.http.conversations()
    if (isPassing(answer) && this.#online) {
      this.#cancelRefresh?.()
      this.#cancelRefresh = this.#options.environment.timer(() => void this.refresh(), this.#later())
    }
    if (answer.kind !== 'ok') return
    const present = new Set(answer.value.conversations.map(summary => summary.id))
    for (const summary of answer.value.conversations) this.put(summary, [], asked)
    for (const id of new Set([...this.#entries.keys(), ...held])) if (!present.has(id) && !this.#joined.has(id)) this.#options.gone(id)
    this.#options.listed()
  }
}

/** Whether what is counted already may count no more, or otherwise. */
const recounts = (event: LogEvent): event is DeleteEvent | EditEvent => event.kind === 'delete' || event.kind === 'edit'

/** Whether asking again later may help: no network, too many requests, a server or store in trouble. */
const isPassing = (answer: HttpAnswer<unknown>): boolean => answer.kind === 'unreachable' || (answer.kind === 'refused' && (answer.status === 429 || answer.status >= 500))
