import type { ClientStorage, Environment, Signal, StoredOp, TabChannel } from '#parley/client/environment.ts'
import { DeviceStorageError } from '#parley/client/environment.ts'
import { MemoryStorage } from '#parley/client/storage/memory.ts'
import type { ScriptedServer } from '#parley/tests/helpers/scripted-server.ts'

/** Lets every promise that is ready run on; enough turns for the longest chain of the client core. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 60; turn++) await Promise.resolve()
}

interface Timer { at: number, order: number, task: () => void }

/** Time of one device: a monotonic clock that moves timers, and a wall clock that can be set. */
export class DeviceClock {
  wall = 1_800_000_000_000
  monotonic = 1_000
  #order = 0
  #timers = new Set<Timer>()

  timer(task: () => void, ms: number): () => void {
    const timer = { at: this.monotonic + Math.max(0, ms), order: this.#order++, task }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Passes time; timers run in their order, promises in between. */
  async advance(ms: number): Promise<void> {
    await settle()
    const end = this.monotonic + ms
    for (;;) {
      const next = [...this.#timers].filter(timer => timer.at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0]
      if (next === undefined) break
      this.#move(Math.max(0, next.at - this.monotonic))
      this.#timers.delete(next)
      next.task()
      await settle()
    }
    this.#move(end - this.monotonic)
    await settle()
  }

  /** The machine sleeps: the wall clock goes on, timers do not, and the monotonic clock only with `monotonic`. */
  sleep(ms: number, monotonic = false): void {
    this.wall += ms
    if (!monotonic) return
    this.monotonic += ms
  }

  /** Someone sets the clock. */
  jump(ms: number): void {
    this.wall += ms
  }

  get timers(): number {
    return this.#timers.size
  }

  #move(ms: number): void {
    this.wall += ms
    this.monotonic += ms
  }
}

/** A device's disk, shared by its tabs; can be told to fail. */
class FakeDisk extends MemoryStorage {
  override readonly durable: boolean = true
  failure: 'unavailable' | 'quota' | 'closed' | undefined
  /** Writes of ops in the order in which they came, for "on disk before the network". */
  readonly puts: string[] = []
  /** Set to hold back `putOp` until called. */
  gate: Promise<void> | undefined
  #last = 0
  /** The last order before the disk was emptied. */
  #base = 0
  readonly #lost = new Set<(cause: 'upgraded' | 'cleared') => void>()

  override async putOp(op: Omit<StoredOp, 'order'>): Promise<StoredOp> {
    await this.gate
    this.#check()
    this.puts.push(op.cid)
    const stored = await super.putOp(op)
    this.#last = Math.max(this.#last, stored.order)
    return this.#numbered(stored)
  }

  override async putOps(...all: Parameters<ClientStorage['putOps']>): Promise<void> {
    await this.gate
    this.#check()
    await super.putOps(...all)
    for (const { order } of await super.ops(all[0])) this.#last = Math.max(this.#last, order)
  }

  override async putConversations(...entries: Parameters<ClientStorage['putConversations']>): Promise<void> {
    this.#check()
    return super.putConversations(...entries)
  }

  override async ops(account: string): Promise<StoredOp[]> {
    this.#check()
    return (await super.ops(account)).map(row => this.#numbered(row))
  }

  override onLost(listener: (cause: 'upgraded' | 'cleared') => void): () => void {
    this.#lost.add(listener)
    return () => this.#lost.delete(listener)
  }

  /** Clearing leaves an empty disk, which numbers from the start. */
  lose(cause: 'upgraded' | 'cleared'): void {
    if (cause === 'cleared') {
      this.#base = this.#last
      void this.erase('me')
    }
    for (const listener of this.#lost) listener(cause)
  }

  #numbered(row: StoredOp): StoredOp {
    return { ...row, order: row.order - this.#base }
  }

  #check(): void {
    if (this.failure !== undefined) throw new DeviceStorageError(this.failure)
  }
}

/** What the tabs of one browser share: disk and channels. */
export class FakeBrowser {
  readonly disk = new FakeDisk()
  readonly #listeners = new Map<string, Set<(message: unknown) => void>>()
  readonly #locks = new Map<string, Promise<void>>()

  /** One after the other, over all tabs. */
  readonly exclusive = (name: string, task: () => Promise<void>): Promise<void> => {
    const run = (this.#locks.get(name) ?? Promise.resolve()).then(task)
    this.#locks.set(name, run.catch(() => undefined))
    return run
  }

  /** Messages between tabs get lost: hints must not be needed. */
  deaf = false

  channel(name: string): TabChannel {
    const all = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, all)
    const own = new Set<(message: unknown) => void>()
    return {
      post: (message) => {
        if (this.deaf) return
        const copy: unknown = structuredClone(message)
        for (const listener of all) if (!own.has(listener)) queueMicrotask(() => listener(copy))
      },
      on(listener) {
        own.add(listener)
        all.add(listener)
        return () => {
          own.delete(listener)
          all.delete(listener)
        }
      },
      close() {
        for (const listener of own) all.delete(listener)
      },
    }
  }
}

export interface FakeEnvironment extends Environment {
  readonly clock: DeviceClock
  readonly browser: FakeBrowser
  readonly warnings: string[]
  signal(signal: Signal): void
  network: boolean
  /** Next values of `random`; 0.5 when empty. */
  readonly randoms: number[]
}

/** One tab in a world that the test moves by hand. */
export function fakeEnvironment(server: ScriptedServer, options: { clock?: DeviceClock, browser?: FakeBrowser } = {}): FakeEnvironment {
  const clock = options.clock ?? new DeviceClock()
  const browser = options.browser ?? new FakeBrowser()
  const signals = new Set<(signal: Signal) => void>()
  const warnings: string[] = []
  const randoms: number[] = []
  const tab = server.nextTab()
  let bytes = 0
  const environment: FakeEnvironment = {
    clock,
    browser,
    warnings,
    randoms,
    network: true,
    now: () => clock.wall,
    monotonic: () => clock.monotonic,
    timer: (task, ms) => clock.timer(task, ms),
    frame: task => clock.timer(task, 16),
    random: () => randoms.shift() ?? 0.5,
    randomBytes: length => Uint8Array.from({ length }, (_none, index) => index < 8 ? tab : (bytes = (bytes * 31 + index + 7) % 251)),
    online: () => environment.network,
    visible: () => true,
    onSignal(listener) {
      signals.add(listener)
      return () => signals.delete(listener)
    },
    openSocket: (url, protocols, handlers) => server.connect(url, protocols, handlers),
    socketUrl: 'ws://parley.test/_ws',
    http: server.http,
    storage: browser.disk,
    channel: name => browser.channel(name),
    exclusive: browser.exclusive,
    warn: message => void warnings.push(message),
    signal(signal) {
      for (const listener of signals) listener(signal)
    },
  }
  return environment
}
