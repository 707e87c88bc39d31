/**
 * How the tabs of one account make one notification of a message: a tab in front holds a lock that says what it shows, and whoever wants
 * to tell of a message claims it by a lock. The browser gives locks back when a tab dies, so that nobody waits for one that crashed.
 */
export interface TabAgreement {
  /** Says what this tab shows in front of its reader; undefined: it is not in front. An empty text: no conversation. */
  front(conversation: string | undefined): void
  /** What tabs of the account show in front of their readers at this moment. */
  fronts(): Promise<ReadonlySet<string>>
  /** Whether this tab is the one to tell of a message. */
  claim(conversation: string, seq: number): Promise<boolean>
  close(): void
}

/** Ms for which a claim stands; other tabs get the same message within this time, or are frozen and hear of it by the channel. */
const claimed = 20_000

export function createTabAgreement(account: string): TabAgreement {
  const prefix = `parley:front:${account}:`
  const locks = (navigator as Partial<Navigator>).locks ?? undefined
  const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel(`parley:told:${account}`) : undefined
  /** By conversation the last seq that some tab has told of. */
  const told = new Map<string, number>()
  let letGo: (() => void) | undefined
  let shown: string | undefined

  const hear = (conversation: unknown, seq: unknown) => {
    if (typeof conversation === 'string' && typeof seq === 'number') told.set(conversation, Math.max(seq, told.get(conversation) ?? 0))
  }
  channel?.addEventListener('message', ({ data }: MessageEvent<{ conversation?: unknown, seq?: unknown } | null>) => hear(data?.conversation, data?.seq))

  function front(conversation: string | undefined): void {
    if (conversation === shown) return
    shown = conversation
    letGo?.()
    letGo = undefined
    if (conversation === undefined || locks === undefined) return
    const held = new Promise<undefined>((resolve) => {
      letGo = () => resolve(undefined)
    })
    void locks.request(prefix + conversation, { mode: 'shared' }, () => held).catch(() => undefined)
  }

  return {
    front,
    async fronts() {
      const held = (await locks?.query())?.held ?? []
      return new Set(held.flatMap(({ name }) => name?.startsWith(prefix) ? [name.slice(prefix.length)] : []))
    },
    async claim(conversation, seq) {
      if ((told.get(conversation) ?? 0) >= seq) return false
      if (locks !== undefined) {
        const { promise: won, resolve } = Promise.withResolvers<boolean>()
        void locks.request(`parley:tell:${account}:${conversation}:${seq}`, { ifAvailable: true }, async (lock) => {
          resolve(lock !== null)
          if (lock !== null) await new Promise(done => setTimeout(done, claimed))
        }).catch(() => resolve(false))
        if (!await won) return false
      }
      hear(conversation, seq)
      channel?.postMessage({ conversation, seq })
      return true
    },
    close() {
      front(undefined)
      channel?.close()
    },
  }
}
