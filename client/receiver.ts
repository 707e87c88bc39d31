import type { ChatCore } from '#parley/client/chat-core.ts'
import { eventOf, type Settlement } from '#parley/client/op-event.ts'
import type { OutboxEntry } from '#parley/client/outbox.ts'
import { rowOfEvent } from '#parley/client/rows.ts'
import type { TabMessage } from '#parley/client/tabs.ts'
import type { ConnectionState } from '#parley/client/types.ts'
import type { HistoryResponse } from '#parley/shared/http.ts'
import type { LogEvent } from '#parley/shared/model.ts'
import { encodeFrame } from '#parley/shared/protocol/index.ts'
import type { RejectFrame, ServerFrame, StoreStatus, WelcomeFrame } from '#parley/shared/protocol/index.ts'

/** After a reconnect the list is fetched within this time (ms), at random: else all clients of a restarted server ask at once (F26). */
const refreshSpread = 1_000

/** Brings what arrives, from the server, from other tabs and from the device, to the parts it concerns. */
export class Receiver {
  readonly #core: ChatCore
  /** Whether what is being applied was pushed just now, rather than pulled by a sync. */
  #live = true
  #storeStatus: StoreStatus = 'ok'
  #welcomed = false
  #active = true
  /** Settled since the other tabs were last told. */
  #toTell: Settlement[] = []
  #cancelRefresh: (() => void) | undefined
  /** Last message of someone else that this device took in, per conversation: what `delivered` will tell once it is stored. */
  readonly #arrived = new Map<string, number>()

  constructor(core: ChatCore) {
    this.#core = core
  }

  connection(state: ConnectionState): void {
    const { changes } = this.#core
    changes.now({ type: 'connection', state })
    if (state.name === 'closed' && state.reason === 'version') changes.now({ type: 'notice', code: 'update_available' })
  }

  welcome(frame: WelcomeFrame): void {
    const { cache, directory, receipts, sync, outbox, history, opened, changes } = this.#core
    if (cache.meet(frame.epoch)) this.#newHistory()
    this.#core.people.block(frame.blocked)
    this.#core.limits = frame.limits
    directory.connected(frame.heads)
    receipts.connected(frame.heads)
    sync.connected(frame.heads)
    outbox.connected()
    this.#core.uploads.connected()
    history.forgiveFailures()
    if (opened !== undefined) history.ensure(opened)
    if (!this.#active) this.#core.connection.send([encodeFrame({ type: 'presence', state: 'idle' })])
    this.#refreshSoon()
    changes.flush()
  }

  lost(oversize: boolean): void {
    const { outbox, sync, receipts, directory, people, typing, changes } = this.#core
    outbox.disconnected(oversize)
    for (const part of [this.#core.uploads, sync, receipts, directory, people]) part.disconnected()
    typing.clear()
    this.#cancelRefresh?.()
    this.#status('ok')
    changes.flush()
  }

  frames(frames: readonly ServerFrame[]): void {
    let answered = false
    for (const frame of frames) {
      answered ||= frame.type === 'ack' || frame.type === 'reject'
      try {
        this.#frame(frame)
      }
      catch (error) {
        this.#core.environment.warn(`a frame of type ${frame.type} could not be applied`, error)
      }
    }
    this.#tellSettled()
    if (answered) this.#core.changes.flush()
    else this.#core.changes.overdue()
  }

  /** An event came into its turn in the log of its conversation. */
  applied(conversation: string, event: LogEvent): void {
    const { account, directory, typing, changes, timeline } = this.#at(conversation)
    directory.event(conversation, this.#core.people.counted(event))
    if (event.sender === account.id) {
      this.#settle({ ...event, conversation })
      return
    }
    if (event.kind !== 'message') return
    this.#arrived.set(conversation, event.seq)
    typing.heard(conversation, event.sender, false)
    if (this.#core.people.isBlocked(event.sender)) return
    const row = timeline.window.at(event.seq)
    changes.queue({ type: 'message', conversation, row: row?.kind === 'message' ? row : rowOfEvent(event, account.id), live: this.#live })
  }

  /** A reset brought the newest events at once, not one by one: what is there of the own ops is committed (R7). */
  replaced(conversation: string, events: readonly LogEvent[]): void {
    const { account, directory } = this.#core
    for (const event of events) if (event.sender === account.id) this.#settle({ ...event, conversation })
    directory.doubt(conversation)
  }

  landed(conversation: string, page: HistoryResponse, leapt: boolean): void {
    const { account, directory, cache } = this.#core
    for (const message of page.messages) {
      if (message.sender === account.id) this.#settle({ ...message, conversation })
      else this.#arrived.set(conversation, Math.max(this.#arrived.get(conversation) ?? 0, message.seq))
    }
    this.#tellSettled()
    cache.touch(conversation)
    if (leapt) directory.doubt(conversation)
  }

  /** What had arrived is on the device: now it may be called delivered (PROTOCOL 8). */
  stored(conversations: readonly string[]): void {
    for (const conversation of conversations) {
      const seq = this.#arrived.get(conversation)
      if (seq === undefined) continue
      this.#arrived.delete(conversation)
      this.#core.receipts.reach('delivered', conversation, seq)
    }
  }

  /** Left, removed, or never a member. The outbox stays: its ops get their answer (F53). */
  gone(conversation: string): void {
    const { directory, cache, receipts, changes, timeline } = this.#at(conversation)
    const known = directory.summary(conversation) !== undefined
    directory.remove(conversation)
    receipts.forget(conversation)
    timeline.forget()
    timeline.setMissing(true)
    cache.remove(conversation)
    if (known) changes.queue({ type: 'notice', code: 'removed', conversation })
  }

  tab(message: TabMessage): void {
    const { outbox, drafts, timing, connection } = this.#core
    switch (message.type) {
      case 'outbox':
        outbox.drop(message.discarded)
        void outbox.refresh(timing.opSilence)
        break
      case 'uploads': return void this.#core.uploads.look()
      case 'settled':
        // A restored backup reaches the tabs one after the other: numbers of one history say nothing in the other (W4).
        if (message.epoch === this.#core.cache.epoch) for (const ack of message.acks) this.#acknowledged(ack)
        this.#toTell = []
        break
      case 'draft':
        drafts.adopt(message.conversation, message.draft)
        break
      case 'erased':
        connection.stop()
        this.forgetAll()
    }
  }

  /** Everything of this account leaves this page. */
  forgetAll(): void {
    const { cache, outbox, drafts, directory, changes } = this.#core
    cache.switchOff()
    outbox.clear()
    this.#core.uploads.clear()
    drafts.clear()
    directory.clear()
    this.#core.forgetLogs()
    changes.flush()
  }

  /** Whether someone is at this page; told now and on every new connection. */
  active(active: boolean): void {
    if (this.#active === active) return
    this.#active = active
    this.#core.connection.send([encodeFrame({ type: 'presence', state: active ? 'active' : 'idle' })])
  }

  dispose(): void {
    this.#cancelRefresh?.()
  }

  #at(conversation: string) {
    const { account, directory, typing, changes, cache, receipts } = this.#core
    return { account, directory, typing, changes, cache, receipts, timeline: this.#core.timeline(conversation) }
  }

  #frame(frame: ServerFrame): void {
    const { directory, receipts, sync, typing, people, account } = this.#core
    switch (frame.type) {
      case 'ack': return this.#acknowledged(frame)
      case 'reject': return this.#rejected(frame)
      case 'event': return this.#event(frame.conversation, frame.event)
      case 'page':
        this.#live = false
        sync.page(frame)
        this.#live = true
        return
      case 'heads': return this.#heads(frame.heads)
      case 'receipt':
        if (frame.user === account.id && frame.read !== undefined) receipts.confirm('read', frame.conversation, frame.read)
        if (frame.user === account.id && frame.delivered !== undefined) receipts.confirm('delivered', frame.conversation, frame.delivered)
        return directory.receipt(frame)
      case 'typing': return typing.heard(frame.conversation, frame.user, frame.on && !people.isBlocked(frame.user))
      case 'presence': case 'user': case 'blocked': return people.heard(frame)
      case 'conversation': return this.#conversation(frame.conversation.id, () => directory.put(frame.conversation), frame.conversation.head)
      case 'removed': return this.gone(frame.conversation)
      case 'status': return this.#status(frame.store)
      case 'error':
        if (frame.ref === undefined) this.#core.environment.warn(`the server refused a frame: ${frame.code}`, frame.message)
        else sync.failed(frame.ref, frame.code)
    }
  }

  #heads(heads: WelcomeFrame['heads']): void {
    const { directory, receipts, sync } = this.#core
    directory.connected(heads)
    for (const [conversation, [, readSeq]] of Object.entries(heads)) {
      receipts.confirm('read', conversation, readSeq)
      if (directory.summary(conversation) === undefined) directory.doubt(conversation) // joined while the heads were all that got through (W2)
    }
    sync.compare(heads)
  }

  #conversation(id: string, put: () => void, head: number): void {
    const timeline = this.#core.timeline(id)
    timeline.setMissing(false)
    if (timeline.cursor === undefined) timeline.place(head, undefined)
    put()
  }

  #event(conversation: string, event: LogEvent): void {
    const timeline = this.#core.timeline(conversation)
    const reception = timeline.receive(event)
    // A duplicate still settles: the echo may come before the ack, or the ack never (R7).
    if (reception !== 'applied' && event.sender === this.#core.account.id) this.#settle({ ...event, conversation })
    if (timeline.broken) this.#core.sync.want(conversation)
  }

  /** The ack counts as the event itself: the client knows the rest of it (PROTOCOL 6). */
  #acknowledged(ack: Settlement): void {
    const entry = this.#settle(ack)
    if (entry === undefined || entry.op.conversation !== ack.conversation) return
    const timeline = this.#core.timeline(ack.conversation)
    timeline.receive(eventOf(entry.op, ack, this.#core.account.id))
    if (timeline.broken) this.#core.sync.want(ack.conversation)
  }

  #settle(settlement: Settlement): OutboxEntry | undefined {
    const entry = this.#core.outbox.settle(settlement.cid)
    if (entry === undefined) this.#core.uploads.committed(settlement.cid)
    // What a filter masked (S9), or an edit changed since, the other tabs take from the log.
    else if (settlement.content === undefined || JSON.stringify(settlement.content) === JSON.stringify('content' in entry.op && entry.op.content)) this.#toTell.push(settlement)
    return entry
  }

  #tellSettled(): void {
    const { cache: { epoch }, tabs } = this.#core
    const acks = this.#toTell.map(({ cid, conversation, seq, at, mentions }) => ({ cid, conversation, seq, at, mentions }))
    this.#toTell = []
    if (acks.length > 0 && epoch !== undefined) tabs.tell({ type: 'settled', epoch, acks })
  }

  #rejected(frame: RejectFrame): void {
    const { outbox, changes } = this.#core
    const entry = outbox.reject(frame.cid, frame.code)
    if (entry === undefined) return
    const { type, conversation, cid } = entry.op
    if (type === 'react') outbox.discard(cid) // it is taken back before one's eyes; a list of failed reactions would help nobody
    changes.queue({ type: 'refused', conversation, cid, op: type, code: frame.code })
  }

  #status(status: StoreStatus): void {
    if (status === this.#storeStatus) return
    this.#storeStatus = status
    this.#core.changes.queue({ type: 'store-status', status })
  }

  #newHistory(): void {
    const { receipts, directory, changes } = this.#core
    this.#core.forgetLogs()
    directory.clear()
    receipts.dispose()
    this.#arrived.clear()
    this.#welcomed = false
    changes.queue({ type: 'notice', code: 'history_reset' })
  }

  #refreshSoon(): void {
    const { directory, environment } = this.#core
    const delay = this.#welcomed ? environment.random() * refreshSpread : 0
    this.#welcomed = true
    this.#cancelRefresh?.()
    this.#cancelRefresh = environment.timer(() => void directory.refresh(), delay)
  }
}
