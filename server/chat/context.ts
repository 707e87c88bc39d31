import type { LogEvent } from '#parley/shared/model.ts'
import { sendBudget, timing } from '#parley/shared/protocol/index.ts'
import { ChatCounters } from '#parley/server/chat/figures.ts'
import type { Backplane } from '#parley/server/chat/backplane-port.ts'
import type { Policies } from '#parley/server/chat/policies-port.ts'
import type { Clock, Log, Random, Store } from '#parley/server/chat/ports.ts'

/** The times of PROTOCOL 8–10, in ms. */
export type Timing = { [name in keyof typeof timing]: number }
/** The bytes of L3. */
export type SendBudget = { [name in keyof typeof sendBudget]: number }

export interface ChatSettings {
  /** Ops per second and user, with a burst of three times that; 0 switches every limit of L4 off. */
  rateLimit: number
  /** Caps of A4. */
  maxConnections: number
  maxConnectionsPerUser: number
  maxConnectionsPerIp: number
  /** Test builds shorten the times. */
  timing?: Partial<Timing>
  budgets?: Partial<SendBudget>
}

export interface ChatServerDeps {
  store: Store
  backplane: Backplane
  clock: Clock
  random: Random
  log: Log
  /** Name of this node among those that share the store; a random one by default. */
  node?: string
  /** Runs a task after the current one, before any timer: frames made in one turn leave as one message. `setImmediate` on Node; a microtask by default. */
  defer?: (task: () => void) => void
  /** Told of every event that this node commits, before it is fanned out. Constant time; must not throw. */
  onCommit?: (conversation: string, event: LogEvent) => void
  settings: ChatSettings
  /** What admins have decided, asked for each op; nothing by default. */
  policies?: () => Policies
}

/** What every part of the core is built with: the ports and the settings, defaults filled in. */
export interface ChatContext {
  readonly store: Store
  readonly backplane: Backplane
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly node: string
  readonly defer: (task: () => void) => void
  readonly onCommit: (conversation: string, event: LogEvent) => void
  readonly settings: ChatSettings
  readonly policies: () => Policies
  readonly timing: Timing
  readonly budgets: SendBudget
  readonly counters: ChatCounters
}

const noPolicies: Policies = {}

export function createContext(deps: ChatServerDeps): ChatContext {
  return {
    store: deps.store,
    backplane: deps.backplane,
    clock: deps.clock,
    random: deps.random,
    log: deps.log,
    node: deps.node ?? deps.random.id(),
    defer: deps.defer ?? queueMicrotask,
    onCommit: deps.onCommit ?? (() => undefined),
    settings: deps.settings,
    policies: deps.policies ?? (() => noPolicies),
    timing: { ...timing, ...deps.settings.timing },
    budgets: { ...sendBudget, ...deps.settings.budgets },
    counters: new ChatCounters(),
  }
}
