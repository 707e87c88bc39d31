import type { Environment } from '#parley/client/environment.ts'
import type { ClientTiming } from '#parley/client/timing.ts'
import { encodeFrame } from '#parley/shared/protocol/index.ts'

export interface TypingOptions {
  environment: Environment
  timing: ClientTiming
  account: string
  send(encoded: readonly string[]): boolean
  changed(conversation: string, users: readonly string[]): void
}

/** Who is typing, both ways (PROTOCOL 8): own keystrokes told at most every 3 s, others' forgotten after 6 s without news. */
export class Typing {
  readonly #options: TypingOptions
  readonly #others = new Map<string, Map<string, () => void>>()
  readonly #told = new Map<string, number>()

  constructor(options: TypingOptions) {
    this.#options = options
  }

  users(conversation: string): readonly string[] {
    return [...this.#others.get(conversation)?.keys() ?? []]
  }

  heard(conversation: string, user: string, on: boolean): void {
    if (user === this.#options.account) return
    const users = this.#others.get(conversation) ?? new Map<string, () => void>()
    const known = users.get(user)
    known?.()
    users.delete(user)
    this.#others.set(conversation, users)
    if (on) users.set(user, this.#options.environment.timer(() => this.heard(conversation, user, false), this.#options.timing.typingExpires))
    if (on !== (known !== undefined)) this.#options.changed(conversation, this.users(conversation))
  }

  tell(conversation: string, on: boolean): void {
    const now = this.#options.environment.monotonic()
    const last = this.#told.get(conversation)
    if (on && last !== undefined && now - last < this.#options.timing.typingEvery) return
    if (!on && last === undefined) return
    if (on) this.#told.set(conversation, now)
    else this.#told.delete(conversation)
    this.#options.send([encodeFrame({ type: 'typing', conversation, on })])
  }

  /** The link is gone: nobody is known to type any more. */
  clear(): void {
    this.#told.clear()
    for (const [conversation, users] of this.#others) {
      for (const cancel of users.values()) cancel()
      const typed = users.size > 0
      users.clear()
      if (typed) this.#options.changed(conversation, [])
    }
  }
}
