import type { Hidden } from '#parley/server/chat/people-port.ts'

/** What the users of this node do not show to others: known with their connections, and asked where something is about to be shown. */
export class HiddenUsers {
  readonly #reads = new Set<string>()
  readonly #presence = new Set<string>()

  set(user: string, { reads, presence }: Hidden): void {
    if (reads) this.#reads.add(user)
    else this.#reads.delete(user)
    if (presence) this.#presence.add(user)
    else this.#presence.delete(user)
  }

  /** How far they have read. */
  reads(user: string): boolean {
    return this.#reads.has(user)
  }

  /** Whether they are here. */
  presence(user: string): boolean {
    return this.#presence.has(user)
  }
}
