import { limits } from '#parley/shared/protocol/index.ts'
import type { ErrorFrame, PageFrame, SyncFrame } from '#parley/shared/protocol/index.ts'
import type { Store } from '#parley/server/chat/ports.ts'

/**
 * Bytes of events in a page. Y1 allows 1 MiB, but two such pages in flight would by themselves put a connection over its send budget
 * (L3); a quarter of it never does.
 */
const pageBytes = limits.serverMessageBytes / 4

/** Reads a page of a conversation's log for one of its members (Y1, Y2, X11). */
export async function readPage(store: Store, user: string, frame: SyncFrame): Promise<PageFrame | ErrorFrame> {
  const { ref, conversation, after, tip, whole } = frame
  const missing: ErrorFrame = { type: 'error', code: 'not_found', ref }
  // Both in one turn: a store in another thread is asked once.
  const [role, page] = await Promise.all([store.roleOf(conversation, user), store.page({
    conversation,
    after,
    limit: Math.min(frame.limit ?? limits.pageEvents, limits.pageEvents),
    maxBytes: pageBytes,
    ...(tip === undefined ? {} : { tip }),
    ...(whole === undefined ? {} : { whole }),
  })])
  if (role === undefined || !page) return missing
  const { events, head, more, reset } = page
  return { type: 'page', ref, conversation, events, head, more, ...(reset ? { reset } : {}) }
}

interface SyncLaneHost {
  read: (frame: SyncFrame) => Promise<PageFrame | ErrorFrame>
  answer: (frame: PageFrame | ErrorFrame) => void
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
