import { limits, utf8Length } from '#parley/shared/protocol/index.ts'
import type { SyncFrame } from '#parley/shared/protocol/index.ts'
import { encoded, EncodedFrames } from '#parley/server/chat/encoding.ts'
import type { PageRequest, Store } from '#parley/server/chat/ports.ts'
import type { RecentLog, WirePage } from '#parley/server/chat/recent-log.ts'

/**
 * Bytes of events in a page. Y1 allows 1 MiB, but two such pages in flight would by themselves put a connection over its send budget
 * (L3); a quarter of it never does.
 */
const pageBytes = limits.serverMessageBytes / 4

/** Where pages come from, for one connection. */
export interface PageSource {
  store: Pick<Store, 'roleOf'>
  recent: RecentLog
  /** Whether the connection's user is known here to be a member where the log stands at `head`. */
  follows: (conversation: string, head: number) => boolean
}

const requestOf = ({ conversation, after, limit, tip, whole }: SyncFrame): PageRequest => ({
  conversation,
  after,
  limit: Math.min(limit ?? limits.pageEvents, limits.pageEvents),
  maxBytes: pageBytes,
  ...(tip === undefined ? {} : { tip }),
  ...(whole === undefined ? {} : { whole }),
})

const notFound = (ref: SyncFrame['ref']): EncodedFrames => encoded({ type: 'error', code: 'not_found', ref })

/** The page as a frame, around events that are wire text already. */
function encodedPage({ ref, conversation }: SyncFrame, { events, bytes, head, more, reset }: WirePage): EncodedFrames {
  const before = `{"type":"page","ref":${JSON.stringify(ref)},"conversation":${JSON.stringify(conversation)},"events":[`
  const after = `],"head":${head},"more":${more}${reset ? ',"reset":true' : ''}}`
  return new EncodedFrames(before + events + after, utf8Length(before) + bytes + after.length, 1)
}

/** A page that needs nothing of the store: its events and the right to see them are known here (Y1, Y2, X11). */
export function pageAtHand({ recent, follows }: PageSource, frame: SyncFrame): EncodedFrames | undefined {
  const page = recent.cached(requestOf(frame))
  return page && follows(frame.conversation, page.head) ? encodedPage(frame, page) : undefined
}

/** Reads a page of a conversation's log for one of its members (Y1, Y2, X11). */
export async function readPage(source: PageSource, user: string, frame: SyncFrame): Promise<EncodedFrames> {
  const { store, recent, follows } = source
  const underWay = follows(frame.conversation, 0) ? recent.underWay(frame.conversation) : undefined
  if (underWay) {
    await underWay
    const known = pageAtHand(source, frame)
    if (known) return known
  }
  // Both in one turn: a store in another thread is asked once.
  const [role, page] = await Promise.all([store.roleOf(frame.conversation, user), recent.read(requestOf(frame))])
  return role === undefined || !page ? notFound(frame.ref) : encodedPage(frame, page)
}

interface SyncLaneHost {
  read: (frame: SyncFrame) => EncodedFrames | Promise<EncodedFrames>
  answer: (frames: EncodedFrames) => void
  /** Reading failed: the peer asks again on its next connection. */
  failed: (error: unknown) => void
  /** Too much is buffered towards the peer to send pages now (L3). */
  congested: () => boolean
}

/** The `sync` requests of one connection: two are in flight at most, further ones wait their turn (Y1, X31). */
export class SyncLane {
  readonly #host: SyncLaneHost
  readonly #waiting: SyncFrame[] = []
  #inFlight = 0

  constructor(host: SyncLaneHost) {
    this.#host = host
  }

  get waiting(): number {
    return this.#waiting.length
  }

  get idle(): boolean {
    return this.#waiting.length === 0 && this.#inFlight === 0
  }

  add(frame: SyncFrame): void {
    this.#waiting.push(frame)
    this.pump()
  }

  /** Also called when congestion is over. */
  pump(): void {
    while (this.#inFlight < limits.syncsInFlight && !this.#host.congested()) {
      const frame = this.#waiting.shift()
      if (!frame) return
      this.#inFlight++
      void this.#run(frame)
    }
  }

  stop(): void {
    this.#waiting.length = 0
  }

  async #run(frame: SyncFrame): Promise<void> {
    try {
      this.#host.answer(await this.#host.read(frame))
    }
    catch (error) {
      this.#host.failed(error)
    }
    finally {
      this.#inFlight--
      this.pump()
    }
  }
}
