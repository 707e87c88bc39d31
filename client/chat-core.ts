import { Changes } from '#parley/client/changes.ts'
import { Connection } from '#parley/client/connection.ts'
import { Directory } from '#parley/client/conversations.ts'
import type { DeviceView } from '#parley/client/conversation-view.ts'
import type { ExactCount } from '#parley/client/conversation-entry.ts'
import { DeviceCache } from '#parley/client/device-cache.ts'
import { Drafts } from '#parley/client/drafts.ts'
import type { Environment } from '#parley/client/environment.ts'
import { History } from '#parley/client/history.ts'
import { Outbox } from '#parley/client/outbox.ts'
import type { OutboxEntry } from '#parley/client/outbox.ts'
import { People } from '#parley/client/people.ts'
import { Receipts } from '#parley/client/receipts.ts'
import { Receiver } from '#parley/client/receiver.ts'
import { rowOfEntry } from '#parley/client/rows.ts'
import type { ConfirmedMessage } from '#parley/client/rows.ts'
import { Sync } from '#parley/client/sync.ts'
import { openTabs } from '#parley/client/tabs.ts'
import type { Tabs } from '#parley/client/tabs.ts'
import { Timeline } from '#parley/client/timeline.ts'
import { clientTiming } from '#parley/client/timing.ts'
import type { ClientTiming } from '#parley/client/timing.ts'
import { Typing } from '#parley/client/typing.ts'
import { Uploads } from '#parley/client/uploads.ts'
import { makeCid } from '#parley/shared/cid.ts'
import type { FirstPaint } from '#parley/shared/first-paint.ts'
import type { Account } from '#parley/shared/model.ts'

export interface ChatClientOptions {
  account: Account
  environment: Environment
  /** Label of this device in the user's list of connections (T1). */
  appname?: string
  /** Test builds shorten the durations of PROTOCOL 8–10. */
  timing?: Partial<ClientTiming>
  /** What the page came with; shown from the beginning. */
  firstPaint?: FirstPaint
  /** Until then nothing changes by itself: a page that is still taken over from its server must find what that wrote. */
  alive?: Promise<void>
}

/** Rows of a conversation that the device keeps: a few screens; the rest is a history request away. */
const keptRows = 200

/** The parts of one chat client and how they hear of each other. Behaviour is in the parts and in the Receiver. */
export class ChatCore {
  readonly account: Account
  readonly environment: Environment
  readonly timing: ClientTiming
  readonly changes: Changes
  readonly outbox: Outbox
  readonly uploads: Uploads
  readonly directory: Directory
  readonly people: People
  readonly typing: Typing
  readonly receipts: Receipts
  readonly sync: Sync
  readonly history: History
  readonly cache: DeviceCache
  /** Of the last `welcome` (W2). */
  limits: Readonly<Record<string, number>> = {}
  /** What the device kept is read, or it was waited for long enough. */
  loaded: () => Promise<void> = () => Promise.resolve()
  readonly drafts: Drafts
  readonly firstPaint: FirstPaint | undefined
  readonly alive: Promise<void> | undefined
  readonly connection: Connection
  readonly receiver: Receiver
  readonly tabs: Tabs
  /** The conversation on screen. */
  opened: string | undefined
  readonly #timelines = new Map<string, Timeline>()

  constructor({ account, environment, appname, timing, firstPaint, alive }: ChatClientOptions) {
    this.account = account
    this.firstPaint = firstPaint
    this.alive = alive
    this.environment = environment
    this.timing = clientTiming(timing)
    this.changes = new Changes(environment, () => this.pending())
    const send = (encoded: readonly string[]): boolean => this.connection.send(encoded)
    const common = { environment, timing: this.timing, send }
    this.outbox = this.#makeOutbox()
    this.uploads = this.#makeUploads()
    this.directory = this.#makeDirectory()
    this.people = this.#makePeople()
    this.typing = new Typing({ ...common, account: account.id, changed: (conversation, users) => this.changes.queue({ type: 'typing', conversation, users }) })
    this.receipts = new Receipts(common)
    this.cache = this.#makeCache()
    this.drafts = this.#makeDrafts()
    this.history = new History({
      http: environment.http,
      timeline: id => this.timeline(id),
      // An answer may be faster than the disk: adopted before it is read, its epoch would make what was kept look foreign.
      belongs: epoch => this.loaded().then(() => this.cache.belongs(epoch)),
      landed: (id, page, leapt) => this.receiver.landed(id, page, leapt),
    })
    this.receiver = new Receiver(this)
    this.sync = new Sync({
      ...common,
      timeline: id => this.timeline(id),
      front: () => this.opened,
      reset: (id, events) => this.receiver.replaced(id, events),
      gone: id => this.receiver.gone(id),
    })
    this.tabs = openTabs(environment, account.id, message => this.receiver.tab(message))
    this.connection = new Connection({
      environment,
      timing: this.timing,
      account: account.id,
      ...(appname === undefined ? {} : { appname }),
      changed: state => this.receiver.connection(state),
      welcome: frame => this.receiver.welcome(frame),
      frames: frames => this.receiver.frames(frames),
      lost: oversize => this.receiver.lost(oversize),
      otherAccount: () => this.changes.now({ type: 'notice', code: 'other_account' }),
    })
  }

  /** The timeline of a conversation, made at the first mention. */
  timeline(conversation: string): Timeline {
    const known = this.#timelines.get(conversation)
    if (known !== undefined) return known
    const timeline = new Timeline({
      conversation,
      account: this.account.id,
      pending: () => this.#unsettled(conversation),
      applied: event => this.receiver.applied(conversation, event),
      changed: () => this.#timelineChanged(conversation),
    })
    this.#timelines.set(conversation, timeline)
    return timeline
  }

  /** Own ops and messages with files that are neither confirmed nor failed. */
  pending(): number {
    return this.outbox.pending() + this.uploads.pending()
  }

  newCid(): string {
    return makeCid(this.environment.randomBytes(16), this.environment.now())
  }

  /** In the order in which they will be confirmed: a message that waits for its file comes after all that do not. */
  #unsettled(conversation: string): readonly OutboxEntry[] {
    const uploads = this.uploads.entries(conversation)
    const entries = this.outbox.entries(conversation)
    return uploads.length === 0 ? entries : [...entries, ...uploads]
  }

  timelines(): Iterable<Timeline> {
    return this.#timelines.values()
  }

  /** What was known of the server's logs counts no more. */
  forgetLogs(): void {
    this.outbox.forgetLogs()
    for (const timeline of this.#timelines.values()) timeline.forget()
  }

  #timelineChanged(conversation: string): void {
    this.changes.timeline(conversation)
    this.directory.touch(conversation)
    this.cache.touch(conversation)
  }

  #makeOutbox(): Outbox {
    const { environment, timing } = this
    return new Outbox({
      environment,
      timing,
      account: this.account.id,
      send: (encoded, alone) => this.connection.send(encoded, alone),
      probe: () => this.connection.probe(),
      changed: (conversation) => {
        this.timeline(conversation).touch()
        this.uploads.outboxChanged(conversation)
      },
      notice: code => this.changes.queue({ type: 'notice', code }),
      tellTabs: discarded => this.tabs.tell({ type: 'outbox', discarded: [...discarded] }),
    })
  }

  #makeUploads(): Uploads {
    return new Uploads({
      environment: this.environment,
      account: this.account.id,
      outbox: this.outbox,
      newCid: () => this.newCid(),
      shows: ({ cid, conversation }) => this.timeline(conversation).window.rows.some(row => row.cid === cid),
      changed: (conversation) => {
        this.timeline(conversation).touch()
        this.changes.flush()
      },
      progressed: cid => this.changes.queue({ type: 'upload', cid }),
      tellTabs: () => this.tabs.tell({ type: 'uploads' }),
      draftChanged: conversation => this.#draftChanged(conversation),
      texts: () => this.drafts,
      sending: (conversation) => {
        if (!this.timeline(conversation).window.attached) void this.history.present(conversation)
      },
    })
  }

  #makeDirectory(): Directory {
    return new Directory({
      environment: this.environment,
      account: this.account,
      changed: () => {
        this.changes.conversations()
        this.cache.touchList()
      },
      exact: id => this.#exact(id),
      device: (id, last) => this.#device(id, last),
      learned: members => this.people.learnMembers(members),
      listed: () => void this.people.review(),
      watermarks: (id, marks) => this.timeline(id).mark(marks),
      told: (id, head) => this.sync.behind(id, head),
      held: () => [...this.#timelines.values()].filter(timeline => timeline.loaded).map(timeline => timeline.conversation),
      gone: id => this.receiver.gone(id),
    })
  }

  #makePeople(): People {
    return new People({
      environment: this.environment,
      learned: users => this.changes.queue({ type: 'users', users }),
      renamed: user => this.directory.renamed(user),
      blocked: (users) => {
        this.changes.queue({ type: 'blocked', users })
        // Who is blocked or no longer decides which mentions count.
        if (this.connection.state().name === 'online') void this.directory.refresh()
      },
      presence: (user, state, lastSeen) => this.changes.queue({ type: 'presence', user, state, ...(lastSeen === undefined ? {} : { lastSeen }) }),
    })
  }

  #makeCache(): DeviceCache {
    return new DeviceCache({
      environment: this.environment,
      account: this.account.id,
      timeline: id => this.timeline(id).keep(keptRows),
      summaries: () => this.directory.summaries(),
      stored: conversations => this.receiver.stored(conversations),
    })
  }

  #draftChanged(conversation: string): void {
    this.changes.queue({ type: 'draft', conversation })
    this.directory.touch(conversation)
  }

  #makeDrafts(): Drafts {
    return new Drafts({
      environment: this.environment,
      account: this.account.id,
      changed: conversation => this.#draftChanged(conversation),
      tell: (conversation, draft) => this.tabs.tell({ type: 'draft', conversation, ...(draft === undefined ? {} : { draft }) }),
    })
  }

  /** Unread messages counted from rows, when every one of them is held. */
  #exact(conversation: string): ExactCount {
    const { window, cursor, broken } = this.timeline(conversation)
    return (readSeq) => {
      const head = this.directory.summary(conversation)?.head ?? 0
      if (!window.attached || broken || cursor === undefined || cursor < head || window.from > readSeq + 1) return undefined
      return window.unreadAbove(readSeq, sender => this.people.isBlocked(sender))
    }
  }

  #device(conversation: string, last: ConfirmedMessage | undefined): DeviceView {
    const { window } = this.timeline(conversation)
    const entries = this.#unsettled(conversation)
    const sends = entries.filter(entry => entry.op.type === 'send')
    const held = last === undefined ? undefined : window.at(last.seq)
    const pending = sends.at(-1)
    return {
      last: held?.kind === 'message' ? held : last,
      pending: pending === undefined ? undefined : rowOfEntry(pending, this.account.id),
      failed: entries.some(entry => entry.status.name === 'failed'),
      draft: this.drafts.get(conversation)?.text,
      draftFiles: this.uploads.draft(conversation).map(({ name }) => name),
    }
  }
}
