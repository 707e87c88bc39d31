import type { ChatContext } from '#parley/server/chat/context.ts'
import type { Feed } from '#parley/server/chat/feed.ts'

/** Conversations asked about in one statement. */
const batchSize = 500
/** Users asked about in one turn. A store on the main thread answers at once, so without turns an audit of 10,000 users would stop the node. */
const usersPerTurn = 50
/** Ms between turns: 10,000 users take a second of the fifteen. */
const turnPause = 5

interface AuditorOptions {
  context: ChatContext
  feeds: () => Feed[]
  /** How long a log is, as the store says. */
  heard: (conversation: string, head: number) => void
  /** Users with a connection here. */
  users: () => string[]
  /** The user is a member of this conversation; brings in connections that do not know yet. */
  ensure: (user: string, conversation: string) => void
  /** Called at the end of each audit. */
  onAudited: () => void
}

/**
 * Compares what this node has pushed with the store, every `timing.auditInterval` (O4). It is what lets a push be a mere hint: whatever
 * is lost between a commit and a socket (a crash before the fan-out, a message of the backplane, a failed read) heals here (R5).
 */
export class Auditor {
  readonly #options: AuditorOptions
  #cancel: (() => void) | undefined
  #cancelTurn: (() => void) | undefined
  #running = false

  constructor(options: AuditorOptions) {
    this.#options = options
    this.#arm()
  }

  dispose(): void {
    this.#cancel?.()
    this.#cancelTurn?.()
  }

  /** One audit; never rejects. */
  async audit(): Promise<void> {
    if (this.#running) return
    this.#running = true
    try {
      await this.#auditHeads()
      await this.#auditMembership()
      this.#options.onAudited()
    }
    catch (error) {
      this.#options.context.log.warn('audit failed', { error: String(error) })
    }
    finally {
      this.#running = false
    }
  }

  #arm(): void {
    const { clock, timing } = this.#options.context
    this.#cancel = clock.timer(() => {
      this.#arm()
      void this.audit()
    }, timing.auditInterval)
  }

  async #auditHeads(): Promise<void> {
    const feeds = this.#options.feeds()
    for (let start = 0; start < feeds.length; start += batchSize) {
      const batch = feeds.slice(start, start + batchSize)
      const heads = await this.#options.context.store.headsOf(batch.map(feed => feed.conversation))
      for (const feed of batch) {
        const head = heads.get(feed.conversation)
        if (head !== undefined) this.#options.heard(feed.conversation, head)
        if (head !== undefined && feed.pushed !== undefined && head > feed.pushed) {
          this.#options.context.counters.repairs++
          this.#options.context.log.info('audit found events that were not pushed', { conversation: feed.conversation, pushed: feed.pushed, head })
          feed.heard(head)
        }
        feed.heal()
      }
      await this.#turn()
    }
  }

  /** A join that this node never heard of is in a log that it does not watch: only the user's own list shows it. */
  async #auditMembership(): Promise<void> {
    for (const [index, user] of this.#options.users().entries()) {
      if (index % usersPerTurn === usersPerTurn - 1) await this.#turn()
      for (const conversation of await this.#options.context.store.conversationIdsOf(user)) this.#options.ensure(user, conversation)
    }
  }

  /** Lets everything else have its turn. */
  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#cancelTurn = this.#options.context.clock.timer(resolve, turnPause)
    })
  }
}
