import type { Hidden } from '#parley/server/chat/people-port.ts'

/** What the users of this node do not show to others, or to some: known with their connections, and asked where something is about to be shown. */
export class HiddenUsers {
  readonly #reads = new Set<string>()
  readonly #presence = new Set<string>()
  readonly #blocked = new Map<string, ReadonlySet<string>>()

  set(user: string, { reads, presence }: Hidden): void {
    if (reads) this.#reads.add(user)
    else this.#reads.delete(user)
    if (presence) this.#presence.add(user)
    else this.#presence.delete(user)
  }

  /**
   * Whom a user has blocked: neither of the two is shown that the other is here, types or reads (X34).
   *
   * @returns those for whom that has changed
   */
  block(user: string, users: readonly string[]): string[] {
    const [before, now] = [this.#blocked.get(user) ?? new Set<string>(), new Set(users)]
    if (now.size > 0) this.#blocked.set(user, now)
    else this.#blocked.delete(user)
    return [...before.symmetricDifference(now)]
  }

  /** Whether one of the two has blocked the other, as far as is known here. */
  apart(one: string, other: string): boolean {
    return this.#blocked.get(one)?.has(other) === true || this.#blocked.get(other)?.has(one) === true
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
