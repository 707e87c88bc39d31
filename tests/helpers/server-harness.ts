import { createLocalBackplane } from '#parley/server/backplane/local.ts'
import { ChatServer } from '#parley/server/chat/chat-server.ts'
import type { ChatServerDeps, ChatSettings } from '#parley/server/chat/context.ts'
import type { Policies } from '#parley/server/chat/policies-port.ts'
import type { Backplane, Identity, Log, Store } from '#parley/server/chat/ports.ts'
import { createMemoryStore } from '#parley/server/storage/memory.ts'
import type { MemoryStore } from '#parley/server/storage/memory.ts'
import type { MemoryFault } from '#parley/server/storage/memory/writes.ts'
import type { SendOp } from '#parley/shared/protocol/index.ts'
import { createManualClock, settle } from '#parley/tests/helpers/manual-clock.ts'
import type { ManualClock } from '#parley/tests/helpers/manual-clock.ts'
import { createSeededRandom } from '#parley/tests/helpers/seeded-random.ts'
import type { SeededRandom } from '#parley/tests/helpers/seeded-random.ts'
import { SocketPair } from '#parley/tests/helpers/socket-pair.ts'

export interface LogLine { level: keyof Log, message: string, fields: Record<string, unknown> }

export interface HarnessOptions {
  settings?: Partial<ChatSettings>
  policies?: Policies
  /** Wraps the store of one node, to hold its reads back. */
  store?: (store: Store) => Store
  /** When frames leave; by default in a microtask. */
  defer?: (task: () => void) => void
  onCommit?: ChatServerDeps['onCommit']
}

/** Turns of a server that end when a test says so: `defer` for the harness, `flush` to end them. */
export function heldTurns(): { defer: (task: () => void) => void, flush: () => Promise<void> } {
  const turns: (() => void)[] = []
  return {
    defer: task => void turns.push(task),
    async flush() {
      await settle()
      for (const turn of turns.splice(0)) turn()
      await settle()
    },
  }
}

/** ChatServers over one memory store, on a manual clock and socket pairs. */
export class ServerHarness {
  readonly clock: ManualClock = createManualClock()
  readonly random: SeededRandom = createSeededRandom(7)
  readonly store: MemoryStore
  readonly logLines: LogLine[] = []
  /** Befalls the next writes of the store. */
  fault: MemoryFault | undefined
  /** Writes that a commit held, commit by commit. */
  readonly commits: number[] = []
  readonly chat: ChatServer
  /** What admins have decided; may be replaced. */
  policies: Policies
  readonly #options: HarnessOptions
  #users = 0

  constructor(options: HarnessOptions = {}) {
    this.#options = options
    this.policies = options.policies ?? {}
    this.store = createMemoryStore({ random: this.random, fault: () => this.fault, onCommit: writes => this.commits.push(writes) })
    this.chat = this.node('node-1', createLocalBackplane(), options.store?.(this.store))
  }

  /** What keeps {@link logLines}. */
  get log(): Log {
    const line = (level: keyof Log) => (message: string, fields: Record<string, unknown> = {}) => {
      this.logLines.push({ level, message, fields })
    }
    return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
  }

  /** One more server over the same store. */
  node(name: string, backplane: Backplane, store: Store = this.store): ChatServer {
    const settings = { rateLimit: 0, maxConnections: 1_000, maxConnectionsPerUser: 20, maxConnectionsPerIp: 100, ...this.#options.settings }
    return new ChatServer({ store, backplane, clock: this.clock, random: this.random, log: this.log, node: name, settings, policies: () => this.policies, ...(this.#options.onCommit ? { onCommit: this.#options.onCommit } : {}), ...(this.#options.defer ? { defer: this.#options.defer } : {}) })
  }

  /** Users with these names, which are their ids too. */
  async users(...names: string[]): Promise<void> {
    for (const name of names) {
      const made = await this.store.createUser({
        id: name, username: name, usernameKey: name, displayName: name, passwordHash: '', at: this.clock.now(), mayBeFirst: this.#users++ === 0,
      })
      if (!made.ok) throw new Error(made.code)
    }
  }

  /** A group of which the first is the owner; its id. */
  async group(...members: [string, ...string[]]): Promise<string> {
    const made = await this.chat.createConversation(members[0], { kind: 'group', title: 'group', members: members.slice(1) })
    if (!made.ok) throw new Error(made.message)
    await settle()
    return made.value.id
  }

  identity(user: string, overrides: Partial<Identity> = {}): Identity {
    return { user: { id: user, username: user, displayName: user, role: 'member' }, login: `login-${user}`, appname: 'test', address: '203.0.113.1', ...overrides }
  }

  /** A connection whose `welcome` may not have come yet. */
  dial(user: string, overrides: Partial<Identity> = {}, chat: ChatServer = this.chat): SocketPair {
    const pair = new SocketPair()
    pair.attach(chat.accept(pair.server, this.identity(user, overrides)))
    return pair
  }

  /** A connection that is open; what it got so far is taken away. */
  async connect(user: string, overrides: Partial<Identity> = {}, chat: ChatServer = this.chat): Promise<SocketPair> {
    const pair = this.dial(user, overrides, chat)
    await settle()
    if (pair.of('welcome').length !== 1) throw new Error(`no welcome for ${user}`)
    pair.take()
    return pair
  }

  /** A `send` op with a new cid. */
  op(conversation: string, text: string, cid: string = this.random.cid()): SendOp {
    return { type: 'send', cid, conversation, content: { type: 'text', text } }
  }

  /** What a client of this kind receives, sent and waited for. */
  async ask(pair: SocketPair, ...frames: Parameters<SocketPair['send']>): Promise<ReturnType<SocketPair['take']>> {
    pair.take()
    pair.send(...frames)
    await settle()
    return pair.take()
  }

  /** Texts in the log of a conversation, in order. */
  async texts(conversation: string): Promise<string[]> {
    const events = await this.store.range(conversation, 1, Number.MAX_SAFE_INTEGER, 1_000)
    return events.flatMap(event => event.kind === 'message' && event.content?.type === 'text' ? [event.content.text] : [])
  }
}
