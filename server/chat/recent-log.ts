import { limits, utf8Length } from '#parley/shared/protocol/index.ts'
import type { LogEvent } from '#parley/shared/model.ts'
import { countFitting, planPage } from '#parley/server/chat/page-plan.ts'
import type { LogStore, PageRequest } from '#parley/server/chat/ports.ts'

/** A page of a log (Y1, Y2) as it goes on the wire. */
export interface WirePage {
  /** The events as JSON, with commas between them. */
  events: string
  /** UTF-8 bytes of `events`. */
  bytes: number
  head: number
  more: boolean
  reset: boolean
}

/** An event as wire text. */
interface Line { cid: string, text: string, bytes: number }

/** The end of a log: its events up to `head`, without a hole. */
interface Tail {
  head: number
  lines: Line[]
  /** Memory of all lines, bytes. */
  size: number
  /** Events added since somebody asked. */
  unasked: number
  /** The last answer; in a storm everybody in a room asks for the same. */
  last: { from: number, count: number, events: string, bytes: number } | undefined
}

/** A read of the store that is under way, and what was heard of that log since it began. */
interface Read { heard: number, count: number, first: Promise<void>, ended: () => void }

/** Most memory of one conversation; texts of usual length reach the count first. */
const mostOfOne = 64 * 1024
const mostLines = limits.pageEvents
/** Memory of a line beside its text. */
const lineOverhead = 120

const sizeOf = ({ text }: Line): number => text.length * 2 + lineOverhead

function lineOf(event: LogEvent): Line {
  const text = JSON.stringify(event)
  return { cid: event.cid, text, bytes: utf8Length(text) }
}

function joinLines(lines: readonly Line[]): { events: string, bytes: number } {
  const commas = Math.max(0, lines.length - 1)
  return { events: lines.map(line => line.text).join(','), bytes: lines.reduce((sum, line) => sum + line.bytes, commas) }
}

/**
 * The newest events of the conversations that connections catch up with, as wire text, so that a thousand clients which come back at once
 * cost one read of the store for each conversation (P4). It answers what the store would have answered at a moment that nobody here knows
 * to be over: a tail counts only as long as no event above its head has been heard of, from any node. A delete lets go of the whole tail,
 * so erased content never comes back out of it (O5). The epoch (W4) cannot change while a process has the store open.
 */
export class RecentLog {
  readonly #store: Pick<LogStore, 'page'>
  readonly #budget: number
  /** In the order of use. */
  readonly #tails = new Map<string, Tail>()
  readonly #reads = new Map<string, Read>()
  #size = 0

  /** @param budget most memory of all texts, bytes */
  constructor(store: Pick<LogStore, 'page'>, budget: number) {
    this.#store = store
    this.#budget = budget
  }

  /** Memory of all texts now, bytes. */
  get size(): number {
    return this.#size
  }

  /** The answer from memory, if it is there. */
  cached(request: PageRequest): WirePage | undefined {
    const { conversation, after, tip } = request
    const tail = this.#tails.get(conversation)
    if (!tail) return undefined
    const first = tail.head - tail.lines.length + 1
    const judgesTip = tip !== undefined && tip !== null && after >= 1 && after <= tail.head
    if (judgesTip && after < first) return undefined
    const plan = planPage(request, tail.head, judgesTip ? tail.lines[after - first]!.cid : null)
    if (plan.from < first && plan.from <= plan.to) return undefined
    this.#use(conversation, tail)
    const wanted = tail.lines.slice(plan.from - first, plan.to - first + 1)
    const sizes = (plan.reset ? wanted.toReversed() : wanted).map(line => line.bytes)
    const count = countFitting(sizes, request.maxBytes)
    const from = plan.reset ? plan.to - count + 1 : plan.from
    const last = count === 0 ? after : from + count - 1
    return { ...this.#join(tail, from, count), head: tail.head, more: !plan.reset && last < tail.head, reset: plan.reset }
  }

  /** A read of this log that is under way, which may bring what is asked for. Never rejects. */
  underWay(conversation: string): Promise<void> | undefined {
    return this.#reads.get(conversation)?.first
  }

  /**
   * The answer from the store, kept for those who come after.
   *
   * @returns undefined: no such conversation
   * @throws what the store throws
   */
  async read(request: PageRequest): Promise<WirePage | undefined> {
    const { conversation } = request
    const read = this.#begin(conversation)
    try {
      const page = await this.#store.page(request)
      if (!page) return undefined
      const lines = page.events.map(lineOf)
      // What was heard meanwhile may be missing in it, an erasure above all.
      if (!page.more && page.head >= read.heard) this.#keep(conversation, page.head, lines)
      return { ...joinLines(lines), head: page.head, more: page.more, reset: page.reset === true }
    }
    finally {
      this.#end(conversation, read)
    }
  }

  /** A committed event of this node or another, in any order. */
  committed(conversation: string, event: LogEvent): void {
    this.#note(conversation, event.seq)
    const tail = this.#tails.get(conversation)
    if (!tail || event.seq <= tail.head) return
    const follows = event.seq === tail.head + 1 && event.kind !== 'delete'
    if (!follows || tail.unasked >= mostLines) return this.#drop(conversation)
    const line = lineOf(event)
    tail.lines.push(line)
    tail.head = event.seq
    tail.last = undefined
    tail.unasked++
    this.#grow(tail, sizeOf(line))
    this.#trim(tail)
    this.#fitBudget()
  }

  /** The log is at least this long, as the store has said. */
  heard(conversation: string, head: number): void {
    this.#note(conversation, head)
    const tail = this.#tails.get(conversation)
    if (tail && tail.head < head) this.#drop(conversation)
  }

  /** The conversation was deleted: what is being read of it is not kept either. */
  forget(conversation: string): void {
    this.#note(conversation, Number.MAX_SAFE_INTEGER)
    this.#drop(conversation)
  }

  #begin(conversation: string): Read {
    const known = this.#reads.get(conversation)
    if (known) {
      known.count++
      return known
    }
    let ended: Read['ended'] = () => {}
    const first = new Promise<void>((resolve) => {
      ended = resolve
    })
    const read: Read = { heard: 0, count: 1, first, ended }
    this.#reads.set(conversation, read)
    return read
  }

  #end(conversation: string, read: Read): void {
    read.ended()
    if (--read.count === 0) this.#reads.delete(conversation)
  }

  #note(conversation: string, seq: number): void {
    const read = this.#reads.get(conversation)
    if (read && read.heard < seq) read.heard = seq
  }

  /** @param lines all events up to head from some seq on */
  #keep(conversation: string, head: number, lines: Line[]): void {
    const known = this.#tails.get(conversation)
    if (known && (known.head > head || (known.head === head && known.lines.length >= lines.length))) return
    this.#drop(conversation)
    const tail: Tail = { head, lines: [...lines], size: 0, unasked: 0, last: undefined }
    this.#tails.set(conversation, tail)
    this.#grow(tail, lines.reduce((sum, line) => sum + sizeOf(line), 0))
    this.#trim(tail)
    this.#fitBudget()
  }

  #use(conversation: string, tail: Tail): void {
    tail.unasked = 0
    this.#tails.delete(conversation)
    this.#tails.set(conversation, tail)
  }

  #join(tail: Tail, from: number, count: number): { events: string, bytes: number } {
    const { last } = tail
    if (last && last.from === from && last.count === count) return { events: last.events, bytes: last.bytes }
    const start = from - (tail.head - tail.lines.length + 1)
    const joined = count === 0 ? { events: '', bytes: 0 } : joinLines(tail.lines.slice(start, start + count))
    tail.last = { from, count, ...joined }
    return joined
  }

  #grow(tail: Tail, size: number): void {
    tail.size += size
    this.#size += size
  }

  #trim(tail: Tail): void {
    while (tail.lines.length > mostLines || (tail.size > mostOfOne && tail.lines.length > 0)) this.#grow(tail, -sizeOf(tail.lines.shift()!))
  }

  #drop(conversation: string): void {
    const tail = this.#tails.get(conversation)
    if (!tail) return
    this.#size -= tail.size
    this.#tails.delete(conversation)
  }

  /** Lets go of what was unused for longest. */
  #fitBudget(): void {
    for (const conversation of this.#tails.keys()) {
      if (this.#size <= this.#budget) return
      this.#drop(conversation)
    }
  }
}
