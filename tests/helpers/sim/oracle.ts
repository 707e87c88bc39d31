import type { DeliveryState, MessageRow, Row, TimelineSnapshot } from '#parley/client/types.ts'
import type { LogEvent, Pin } from '#parley/shared/model.ts'
import type { Op } from '#parley/shared/protocol/index.ts'
import { project, projectConversation } from '#parley/tests/helpers/sim/projection.ts'
import type { ExpectedPin, ExpectedRow } from '#parley/tests/helpers/sim/projection.ts'

/**
 * Judges a run by what its users saw. It knows no server, client or simulation: whoever drives a run tells it what was pressed, what
 * was on the screen and, at the end, what the log holds. Everything wrong that was shown for a moment counts, not only how it ended.
 */
export interface Oracle {
  /**
   * A page that a user looks at; a reload makes a new one.
   * @param device whose outbox the page has; the account's only one by default. Between devices there is no order to keep (S6)
   */
  watch(account: string, page: string, device?: string): Witness
  /** An `ack` left a server. From then on the op must be in the log, whatever happens (S2). */
  acknowledged(account: string, ack: { cid: string, conversation: string, seq: number }): void
  /**
   * A `reject` left a server. When it was lost and the op is sent again, a server may judge afresh (S4): by then newer ops may stand in
   * the log, so the op has no place any more that S6 could keep.
   */
  rejected(cid: string): void
  /** An event was handed to a connection of `account`, at a moment when the log held `committed` events of that conversation. */
  pushed(account: string, conversation: string, seq: number, committed: number): void
  /** A server handed an event of its own sender to a connection of `account`: its ops may leave the outbox by this too (R7). */
  handed(account: string, cid: string): void
  /**
   * The history of the database was replaced (W4): what was seen and acknowledged before need not be in the log any more.
   * @param past what the log held when the servers were stopped, and what came back of it. With it all of that time is judged, and from
   * then on each screen must show one of the two histories and never the old one again. Without it that time is forgotten
   */
  historyReplaced(past?: { logs: Truth['logs'], kept: Truth['logs'] }): void
  /** The device's storage was cleared (F43): its ops live on in its open pages alone. */
  deviceCleared(device: string): void
  /** Something that the driver itself found wrong. */
  fault(violation: string): void
  /** Everything found wrong; complete only after every page has told its last view. */
  judge(truth: Truth): string[]
  /** Found so far, without the log. */
  readonly soFar: readonly string[]
}

/** One page in front of one user. */
export interface Witness {
  pressed(op: Op): void
  /** The op is on the device's disk: from now on no crash may lose it. */
  kept(cid: string): void
  /** The user pressed retry, or discard. */
  retried(cid: string): void
  discarded(cid: string): void
  /** The page told the user that an op was refused for good. */
  refused(cid: string): void
  /** What is on the screen now. */
  saw(snapshot: TimelineSnapshot): void
  /** The page is gone: closed, reloaded or crashed. */
  ended(): void
  /** What the page shows at the end, when nothing is under way any more. */
  finished(view: FinalView): void
}

export interface FinalView {
  online: boolean
  pending: number
  timelines: readonly TimelineSnapshot[]
  conversations: readonly ListedConversation[]
}

/** An entry of the list of conversations. What a driver does not read is not judged. */
export interface ListedConversation {
  id: string
  head: number
  unread: number
  readSeq: number
  lastMessage?: { seq: number }
  mentions?: number
  title?: string
  topic?: string
  pins?: readonly Pin[]
  role?: string
  members?: readonly { user: { id: string }, role: string }[]
}

/** What the server says of a conversation to one of its members. */
export interface Membership { unread: number, readSeq: number, mentions?: number, role?: string, members?: readonly { user: { id: string }, role: string }[] }

/** What really is, read from the store at the end. */
export interface Truth {
  /** The log of every conversation, ascending. */
  logs: ReadonlyMap<string, readonly LogEvent[]>
  /** By user, then conversation: what the server counts for its members. */
  members: ReadonlyMap<string, ReadonlyMap<string, Membership>>
}

interface Press { op: Op, account: string, device: string, page: object, pressedAt: number, keptAt: number | undefined, pageEnded: boolean, retried: boolean, discarded: boolean, refused: boolean, rejected: boolean, cleared: boolean }

interface Page {
  name: string
  account: string
  ended: boolean
  /** What was seen of each conversation, the last being of the history that it shows now. */
  sightings: Map<string, Sighting[]>
  retriedSince: Set<string>
  final: FinalView | undefined
}

/** What one page showed of one conversation, while it showed one history of it. */
interface Sighting {
  /** Which of the replaced histories; their number for the one that stands. */
  history: number
  /** Furthest state of own rows, by cid. */
  states: Map<string, DeliveryState>
  seqs: Map<string, number>
  /** Neighbouring seqs that stood on the screen without a marked gap between them. */
  neighbours: Set<string>
}

const sighting = (history: number): Sighting => ({ history, states: new Map(), seqs: new Map(), neighbours: new Set() })

/** A history that was replaced. */
interface Past { logs: Truth['logs'], places: ReadonlyMap<string, number> }

const placesIn = (logs: Truth['logs']) => new Map([...logs.values()].flatMap(events => events.map(event => [event.cid, event.seq] as const)))

const rank: Record<DeliveryState, number> = { queued: 0, sending: 0, failed: 1, sent: 2, delivered: 3, read: 4 }

export function createOracle(): Oracle {
  const violations: string[] = []
  const seen = new Set<string>()
  const presses = new Map<string, Press>()
  const pages: Page[] = []
  const acks = new Map<string, { account: string, conversation: string, seq: number }>()
  let pushes: { account: string, conversation: string, seq: number, committed: number }[] = []
  const pasts: Past[] = []
  /** Ops that a server said it has, to a page of their sender, as `account/cid`. */
  const told = new Set<string>()
  /** Of these, those that went with a history. */
  const lost = new Set<string>()
  let clock = 0

  const wrong = (text: string) => {
    if (seen.has(text)) return
    seen.add(text)
    violations.push(text)
  }

  const watch = (account: string, name: string, device = account): Witness => {
    const page: Page = { name, account, ended: false, sightings: new Map(), retriedSince: new Set(), final: undefined }
    pages.push(page)
    const press = (cid: string, change: (found: Press) => void) => {
      const found = presses.get(cid)
      if (found) change(found)
    }
    return {
      pressed(op) {
        if (presses.has(op.cid)) wrong(`${name}: cid ${op.cid} was made twice`)
        presses.set(op.cid, { op: structuredClone(op), account, device, page, pressedAt: clock++, keptAt: undefined, pageEnded: false, retried: false, discarded: false, refused: false, rejected: false, cleared: false })
      },
      kept: cid => press(cid, found => void (found.keptAt ??= clock++)),
      retried(cid) {
        press(cid, found => void (found.retried = true))
        for (const other of pages) if (other.account === account) other.retriedSince.add(cid)
      },
      discarded: cid => press(cid, found => void (found.discarded = true)),
      refused: cid => press(cid, found => void (found.refused = true)),
      saw: snapshot => look(page, snapshot, pasts, wrong),
      ended() {
        page.ended = true
        for (const found of presses.values()) if (found.page === page) found.pageEnded = true
      },
      finished(view) {
        page.final = view
        for (const snapshot of view.timelines) look(page, snapshot, pasts, wrong)
      },
    }
  }

  /** What a log is held against while it stands. */
  const judgeHistory = (logs: Truth['logs']) => {
    judgeLogs(logs, presses, wrong)
    judgeAcks(logs, acks, wrong)
    judgeOrder(logs, presses, pasts.length > 0, lost, wrong)
    judgePushes(logs, pushes, wrong)
  }

  return {
    watch,
    acknowledged(account, ack) {
      const known = acks.get(ack.cid)
      if (known && known.seq !== ack.seq) wrong(`[S3] cid ${ack.cid} was acknowledged as seq ${known.seq} and as ${ack.seq}`)
      acks.set(ack.cid, { account, ...ack })
      told.add(`${account}/${ack.cid}`)
    },
    rejected(cid) {
      const found = presses.get(cid)
      if (found) found.rejected = true
    },
    pushed: (account, conversation, seq, committed) => void pushes.push({ account, conversation, seq, committed }),
    handed: (account, cid) => void told.add(`${account}/${cid}`),
    historyReplaced(past) {
      if (past) {
        const { logs, kept } = past
        judgeHistory(logs)
        for (const page of pages) for (const { seqs } of [...page.sightings.values()].flat()) for (const cid of seqs.keys()) told.add(`${page.account}/${cid}`)
        pasts.push({ logs, places: placesIn(logs) })
        const stays = placesIn(kept)
        for (const { sender, cid } of [...logs.values()].flat()) if (!stays.has(cid) && told.has(`${sender}/${cid}`)) lost.add(`${sender}/${cid}`)
        for (const [cid, { seq }] of acks) if (stays.get(cid) !== seq) acks.delete(cid)
        for (const key of told) if (lost.has(key)) told.delete(key)
      }
      else {
        acks.clear()
        for (const page of pages) page.sightings.clear()
      }
      pushes = []
    },
    deviceCleared(device) {
      for (const press of presses.values()) if (press.device === device) press.cleared = true
    },
    fault: wrong,
    judge(truth) {
      judgeHistory(truth.logs)
      for (const page of pages) for (const [conversation, seen] of page.sightings) for (const each of seen) judgeSighting(page, conversation, each, (pasts[each.history] ?? truth).logs, wrong)
      const live = pages.filter(page => page.final !== undefined)
      for (const page of live) judgeView(page, page.final!, truth, wrong)
      judgePresses(truth, presses, lost, live, wrong)
      return violations
    },
    get soFar() { return violations },
  }
}

type Wrong = (text: string) => void

const isMessage = (row: Row): row is MessageRow => row.kind === 'message'

/** What can be judged from a screen alone: no row twice, rows by seq and then by waiting, states only forward. */
function look(page: Page, snapshot: TimelineSnapshot, pasts: readonly Past[], wrong: Wrong): void {
  const seen = sightingOf(page, snapshot, pasts)
  const where = `${page.name} in ${snapshot.conversation}`
  const cids = new Set<string>()
  let last = 0
  let waiting = false
  for (const row of snapshot.rows) {
    if (cids.has(row.cid)) wrong(`${where}: ${row.cid} is shown twice`)
    cids.add(row.cid)
    if (row.seq === undefined) {
      waiting = true
    }
    else {
      if (waiting) wrong(`[U-D4] ${where}: seq ${row.seq} stands below a row that is not confirmed`)
      if (row.seq <= last) wrong(`${where}: seq ${row.seq} stands below seq ${last}`)
      noteSeq(seen, snapshot, row, row.seq, last, where, wrong)
      last = row.seq
    }
    if (isMessage(row) && row.mine && row.state !== undefined) noteState(page, seen, row, row.state, pasts, where, wrong)
  }
}

/**
 * A screen shows a replaced history as long as all its rows are of it. With the first that is not, it shows the next one, and what is
 * left of the old one from then on is a mixture (W4).
 */
function sightingOf(page: Page, { conversation, rows }: TimelineSnapshot, pasts: readonly Past[]): Sighting {
  const seen = page.sightings.get(conversation) ?? [sighting(0)]
  page.sightings.set(conversation, seen)
  let last = seen.at(-1)!
  for (let past = pasts[last.history]; past !== undefined; past = pasts[last.history]) {
    const { places } = past
    if (rows.every(row => row.seq === undefined || places.get(row.cid) === row.seq)) break
    last = sighting(last.history + 1)
    seen.push(last)
  }
  return last
}

function noteSeq(seen: Sighting, snapshot: TimelineSnapshot, row: Row, seq: number, above: number, where: string, wrong: Wrong): void {
  const known = seen.seqs.get(row.cid)
  if (known !== undefined && known !== seq) wrong(`${where}: ${row.cid} moved from seq ${known} to ${seq}`)
  seen.seqs.set(row.cid, seq)
  // An own row may be acknowledged before the events above it arrive (an ack counts as the event itself).
  const excused = above === 0 || (snapshot.gapBefore !== undefined && above < snapshot.gapBefore && seq >= snapshot.gapBefore) || row.mine
  if (!excused) seen.neighbours.add(`${above}:${seq}`)
}

function noteState(page: Page, seen: Sighting, row: MessageRow, state: DeliveryState, pasts: readonly Past[], where: string, wrong: Wrong): void {
  const before = seen.states.get(row.cid)
  seen.states.set(row.cid, state)
  if (before === undefined || rank[state] >= rank[before]) return
  if (before === 'failed' && page.retriedSince.delete(row.cid)) return
  // What others had read went back with the history; what both have in common does not tell which of the two is shown.
  if (seen.history < pasts.length) return
  wrong(`[U-D1] ${where}: ${row.cid} went back from ${before} to ${state}`)
}

/** The log itself: contiguous, every cid once, and every entry that an op makes was pressed by its sender as it stands there. */
function judgeLogs(logs: Truth['logs'], presses: Map<string, Press>, wrong: Wrong): void {
  const where = new Map<string, string>()
  for (const [conversation, events] of logs) {
    for (const text of projectConversation(events).forbidden) wrong(`[O7] ${conversation}: ${text}`)
    const erased = new Set(events.flatMap(event => event.kind === 'delete' ? [event.target] : []))
    for (const [index, event] of events.entries()) {
      const place = `seq ${event.seq} of ${conversation}`
      if (event.seq !== index + 1) wrong(`[O1] ${place} stands at position ${index + 1}`)
      const other = where.get(`${event.sender}/${event.cid}`)
      if (other) wrong(`[S3] ${event.cid} is in the log as ${other} and as ${place}`)
      where.set(`${event.sender}/${event.cid}`, place)
      if (event.kind === 'member' || event.kind === 'meta') continue
      const press = presses.get(event.cid)
      if (!press || press.account !== event.sender || press.op.conversation !== conversation) wrong(`${place} (${event.kind} ${event.cid}) was never pressed by its sender`)
      else judgeEntry(event, press.op, erased, place, wrong)
    }
  }
}

const opKinds = { message: 'send', edit: 'edit', delete: 'delete', reaction: 'react' } as const

function judgeEntry(event: Exclude<LogEvent, { kind: 'member' | 'meta' }>, op: Op, erased: ReadonlySet<number>, place: string, wrong: Wrong): void {
  if (opKinds[event.kind] !== op.type) return wrong(`${place} is a ${event.kind} but was pressed as ${op.type}`)
  if ('target' in event && 'target' in op && event.target !== op.target) wrong(`${place} aims at ${event.target}, not ${op.target}`)
  if (!('content' in op) || (event.kind !== 'message' && event.kind !== 'edit')) return
  const gone = erased.has(event.kind === 'edit' ? event.target : event.seq)
  if (gone && event.content !== undefined) wrong(`[O5] ${place} still has its content`)
  if (!gone && JSON.stringify(event.content) !== JSON.stringify(op.content)) wrong(`[S9] ${place} is not what was sent`)
}

function judgeAcks(logs: Truth['logs'], acks: Map<string, { account: string, conversation: string, seq: number }>, wrong: Wrong): void {
  for (const [cid, ack] of acks) {
    const event = logs.get(ack.conversation)?.[ack.seq - 1]
    if (event?.cid !== cid || event.sender !== ack.account) wrong(`[S2] ${cid} was acknowledged as seq ${ack.seq} of ${ack.conversation}, where ${event?.cid ?? 'nothing'} stands`)
  }
}

/** S6: what one person did first in a conversation comes first in its log, over all pages of the account. */
function judgeOrder(logs: Truth['logs'], presses: Map<string, Press>, replaced: boolean, lost: ReadonlySet<string>, wrong: Wrong): void {
  for (const [conversation, events] of logs) {
    const bySender = new Map<string, { seq: number, press: Press }[]>()
    for (const event of events) {
      const press = presses.get(event.cid)
      if (!press || press.account !== event.sender) continue
      // Made in one history, sent into another: its target may not be there yet, then be there, so that its fate depends on when it comes.
      // Nor has one a place that was confirmed, went with its history, and is sent again from what a failing disk had kept of it.
      if (replaced && (namesAnother(press.op) || lost.has(`${event.sender}/${event.cid}`))) continue
      const list = bySender.get(event.sender) ?? []
      bySender.set(event.sender, list)
      for (const earlier of list) {
        if (madeBefore(press, earlier.press)) wrong(`[S6] ${conversation}: ${event.sender} made ${press.op.cid} (seq ${event.seq}) before ${earlier.press.op.cid} (seq ${earlier.seq})`)
      }
      list.push({ seq: event.seq, press })
    }
  }
}

/** Whether it names a message by its number. */
const namesAnother = (op: Op): boolean => 'target' in op || op.replyTo !== undefined

/** Certainly before: on the same page, or on the disk of the same device before the other was pressed. An op that was refused before has no place any more. */
function madeBefore(a: Press, b: Press): boolean {
  if (a.retried || b.retried || a.rejected || b.rejected) return false
  // A disk that was cleared keeps no order: only the page that still held the op does.
  if (a.cleared && (a.page !== b.page || a.pageEnded)) return false
  if (a.page === b.page) return a.pressedAt < b.pressedAt && (a.keptAt !== undefined || b.keptAt === undefined)
  return a.device === b.device && a.keptAt !== undefined && b.keptAt !== undefined && a.keptAt < b.pressedAt
}

/** O6: the leave event is the last that its subject gets, until the log says that they are back. */
function judgePushes(logs: Truth['logs'], pushes: readonly { account: string, conversation: string, seq: number, committed: number }[], wrong: Wrong): void {
  const leaves = new Map<string, number[]>()
  for (const [conversation, events] of logs) {
    for (const event of events) {
      if (event.kind !== 'member' || event.change === 'role') continue
      const at = `${event.user}/${conversation}`
      leaves.set(at, [...leaves.get(at) ?? [], event.change === 'leave' ? event.seq : -event.seq])
    }
  }
  for (const { account, conversation, seq, committed } of pushes) {
    const change = leaves.get(`${account}/${conversation}`)?.findLast(at => Math.abs(at) <= committed)
    if (change !== undefined && change > 0 && seq > change) wrong(`[O6] ${account} got seq ${seq} of ${conversation} after leaving at seq ${change}`)
  }
}

/** Everything that ever stood on a screen: it was the log's, in its place, and nothing was left out in silence. */
function judgeSighting(page: Page, conversation: string, { seqs, neighbours }: Sighting, logs: Truth['logs'], wrong: Wrong): void {
  const log = logs.get(conversation) ?? []
  for (const [cid, seq] of seqs) {
    if (log[seq - 1]?.cid === cid) continue
    const place = log.find(event => event.cid === cid)?.seq
    wrong(`${page.name} was shown ${cid} as seq ${seq}; the log has it ${place === undefined ? 'nowhere' : `as ${place}`}`)
  }
  if (neighbours.size === 0) return
  const rows = project(log)
  for (const pair of neighbours) {
    const [above, below] = pair.split(':').map(Number) as [number, number]
    const missing = rows.find(row => row.seq > above && row.seq < below)
    if (missing) wrong(`[Y2] ${page.name} saw seq ${below} right below ${above} in ${conversation}, without ${missing.seq} or a marked gap`)
  }
}

function judgeView(page: Page, view: FinalView, truth: Truth, wrong: Wrong): void {
  if (!view.online) wrong(`${page.name} did not come back online`)
  if (view.pending !== 0) wrong(`${page.name} still has ${view.pending} pending ops`)
  const own = truth.members.get(page.account) ?? new Map<string, Membership>()
  const listed = new Map(view.conversations.map(entry => [entry.id, entry]))
  for (const id of listed.keys()) if (!own.has(id)) wrong(`${page.name} lists ${id} without being a member`)
  for (const [id, membership] of own) {
    const { unread, readSeq } = membership
    const shown = listed.get(id)
    if (!shown) {
      wrong(`${page.name} does not list ${id}`)
      continue
    }
    const log = truth.logs.get(id) ?? []
    if (shown.head !== log.length) wrong(`${page.name} has head ${shown.head} of ${id}, the log ${log.length}`)
    if (shown.unread !== unread) wrong(`${page.name} shows ${shown.unread} unread in ${id}, the server counts ${unread}`)
    if (shown.readSeq !== readSeq) wrong(`${page.name} has read ${id} up to ${shown.readSeq}, the server says ${readSeq}`)
    const lastMessage = log.findLast(event => event.kind === 'message')?.seq
    if (shown.lastMessage?.seq !== lastMessage) wrong(`${page.name} lists seq ${shown.lastMessage?.seq} as the last message of ${id}, the log has ${lastMessage}`)
    judgeListed(`${page.name} in ${id}`, shown, membership, log, wrong)
  }
  for (const snapshot of view.timelines) judgeTimeline(page, snapshot, own.has(snapshot.conversation), truth, wrong)
}

const rolesOf = (members: Membership['members']) => members?.map(({ user, role }) => `${user.id}: ${role}`).sort().join(', ')

/** What the list says of a conversation, where the driver reads it: that of the log by the log, the rest by the server. */
function judgeListed(where: string, shown: ListedConversation, { mentions, role, members }: Membership, log: readonly LogEvent[], wrong: Wrong): void {
  const { title, topic, pins } = projectConversation(log)
  const compare = (what: string, here: unknown, there: unknown) => {
    if (here !== undefined && there !== undefined && here !== there) wrong(`${where}: ${what} ${String(here)}, but it is ${String(there)}`)
  }
  compare('the title is', shown.title, title)
  compare('the topic is', shown.topic, topic)
  compare('the own role is', shown.role, role)
  compare('the members are', rolesOf(shown.members), rolesOf(members))
  compare('mentions are', shown.mentions, mentions)
  compare('[O7] the pins are', describePins(shown.pins ?? [], pins), describePins(pins, pins))
}

/** An edit from before the pin may be named or not: it tells only what was read of the message since. */
function describePins(pins: readonly (Pin | ExpectedPin)[], expected: readonly ExpectedPin[]): string {
  return pins.map((pin) => {
    const edited = 'since' in pin ? pin.edited : pin.editedAt ?? expected.find(({ seq, since }) => seq === pin.seq && !since)?.edited
    return `${pin.seq} of ${pin.by} at ${pin.at}${edited === undefined ? '' : ` edited ${edited}`}`
  }).join(', ')
}

function judgeTimeline(page: Page, snapshot: TimelineSnapshot, member: boolean, truth: Truth, wrong: Wrong): void {
  const { conversation, rows, status } = snapshot
  const where = `${page.name} in ${conversation}`
  if (!member) {
    if (rows.some(row => row.seq !== undefined)) wrong(`${where}: still shown to one who left`)
    return
  }
  if (status !== 'ready') return wrong(`${where}: status ${status} at the end`)
  for (const row of rows) {
    if (row.seq === undefined && !(isMessage(row) && row.state === 'failed')) wrong(`${where}: ${row.cid} is neither confirmed nor failed at the end`)
    if (isMessage(row) && row.changing) wrong(`${where}: ${row.cid} still waits for a change at the end`)
  }
  const confirmed = rows.filter(row => row.seq !== undefined)
  const expected = expectedRows(snapshot, confirmed, project(truth.logs.get(conversation) ?? []))
  const shown = confirmed.map(describeShown)
  const wanted = expected.map(describeExpected)
  if (shown.join('\n') === wanted.join('\n')) return
  const at = shown.findIndex((text, index) => text !== wanted[index])
  const place = at === -1 ? shown.length : at
  wrong(`${where}: row ${place} of ${shown.length} shows ${shown[place] ?? 'nothing'}; the log says ${wanted[place] ?? 'nothing'} (${wanted.length} rows)`)
}

/** The rows that a window owes: from its first to its last, to the very start and to head where it says that nothing more is there. */
function expectedRows(snapshot: TimelineSnapshot, confirmed: readonly Row[], log: readonly ExpectedRow[]): ExpectedRow[] {
  const { gapBefore } = snapshot
  const first = snapshot.hasOlder ? confirmed[0]?.seq ?? Infinity : 0
  const last = snapshot.hasNewer ? confirmed.at(-1)?.seq ?? 0 : Infinity
  const aboveGap = gapBefore === undefined ? Infinity : confirmed.findLast(row => row.seq! < gapBefore)?.seq ?? 0
  return log.filter(row => row.seq >= first && row.seq <= last && (gapBefore === undefined || row.seq <= aboveGap || row.seq >= gapBefore))
}

const order = (value: unknown): unknown => value !== null && typeof value === 'object' && !Array.isArray(value)
  ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map(([name, child]) => [name, order(child)]))
  : value
const canonical = (value: unknown) => JSON.stringify(order(value))

function describeShown(row: Row): string {
  if (!isMessage(row)) return canonical({ seq: row.seq, cid: row.cid, sender: row.sender, event: row.event })
  return canonical({
    seq: row.seq, cid: row.cid, sender: row.sender, at: row.at, content: row.content, mentions: row.mentions ?? [], replyTo: row.replyTo, edited: row.deletedAt === undefined && row.editedAt !== undefined,
    deletedBy: row.deletedAt === undefined ? undefined : row.deletedBy ?? 'unknown', reactions: row.reactions.map(({ emoji, users }) => [emoji, users]),
  })
}

function describeExpected(row: ExpectedRow): string {
  if (row.kind === 'notice') return canonical({ seq: row.seq, cid: row.cid, sender: row.sender, event: row.event })
  return canonical({
    seq: row.seq, cid: row.cid, sender: row.sender, at: row.at, content: row.content, mentions: row.mentions, replyTo: row.replyTo, edited: row.deletedBy === undefined && row.edited,
    deletedBy: row.deletedBy, reactions: [...row.reactions].map(([emoji, users]) => [emoji, users]),
  })
}

/** Every press ended: in the log, or told as failed, or dropped by the user; only what no disk had when its page ended may be gone, or what a restored backup took. */
function judgePresses(truth: Truth, presses: Map<string, Press>, lost: ReadonlySet<string>, live: readonly Page[], wrong: Wrong): void {
  const logged = new Set([...truth.logs.values()].flatMap(events => events.map(event => `${event.sender}/${event.cid}`)))
  const failed = new Set(live.flatMap(page => page.final!.timelines.flatMap(({ rows }) => rows.filter(row => isMessage(row) && row.state === 'failed').map(row => row.cid))))
  for (const [cid, press] of presses) {
    const committed = logged.has(`${press.account}/${cid}`)
    if (committed) {
      if (failed.has(cid)) wrong(`${press.account} is told that ${cid} failed, but it is in the log`)
      continue
    }
    const told = failed.has(cid) || press.refused || press.discarded
    // Only what the server had said to have, and lost; what still waited is owed (W4).
    const gone = lost.has(`${press.account}/${cid}`)
    const excused = gone || ((press.keptAt === undefined || press.cleared) && press.pageEnded)
    if (!told && !excused) wrong(`${press.account} pressed ${press.op.type} ${cid} in ${press.op.conversation}: neither acknowledged nor visibly failed`)
  }
}
