import type { ClientSocket, Environment, Signal, TicketAnswer } from '#parley/client/environment.ts'
import { Heartbeat } from '#parley/client/heartbeat.ts'
import type { ClientTiming } from '#parley/client/timing.ts'
import type { ConnectionState, WaitCause } from '#parley/client/types.ts'
import { closeCause, finalState } from '#parley/client/close-meaning.ts'
import { backoffDelay } from '#parley/shared/backoff.ts'
import {
  closeCodes, closeReasons, closeVerdict, decodeServerMessage, encodeFrame, joinFrames, limits, PROTOCOL_VERSION, SUBPROTOCOL, timing as protocolTiming,
} from '#parley/shared/protocol/index.ts'
import type { ServerFrame, WelcomeFrame } from '#parley/shared/protocol/index.ts'

export interface ConnectionOptions {
  environment: Environment
  timing: ClientTiming
  /** User id that the welcome must name (W2). */
  account: string
  /** Label of this device (T1). */
  appname?: string
  changed(state: ConnectionState): void
  /** The state is already `online`; nothing else has been delivered yet. */
  welcome(frame: WelcomeFrame): void
  /** Frames of one message, in order, without `welcome`, `ping`, `pong` and `goaway`. */
  frames(frames: readonly ServerFrame[]): void
  /** A welcomed socket is gone; `oversize` after a 1009 (T4). */
  lost(oversize: boolean): void
  otherAccount(): void
}

type Phase
  = | { name: 'idle' }
    | { name: 'ticket', attempt: number, abort: AbortController, cancel(): void }
    | { name: 'opening', attempt: number, socket: ClientSocket, cancel(): void }
    | { name: 'greeting', attempt: number, socket: ClientSocket, cancel(): void }
    | { name: 'online', attempt: number, since: number, sinceMonotonic: number, socket: ClientSocket, heartbeat: Heartbeat, goaway?: number }
    | { name: 'waiting', attempt: number, retryAt: number, cause: WaitCause, notBefore: number, cancel(): void }
    | { name: 'signed-out', reason: 'login_ended' | 'revoked' | 'disabled' }
    | { name: 'closed', reason: Extract<ConnectionState, { name: 'closed' }>['reason'] }

/** An absurd Retry-After must not amount to giving up (C2). */
const longestRetryAfter = 5 * 60_000
/** L2: what only a server that hears this client sends, and what one that holds it back sends meanwhile. */
const answers: ReadonlySet<ServerFrame['type']> = new Set(['pong', 'ack', 'reject', 'page', 'ping', 'status'])

/**
 * The connection of one page: owns tickets, sockets and retry, knows no messages. `#enter` is the only place that changes state.
 *
 * ```
 *  idle ──start──► ticket ──► opening ──► greeting ──welcome──► online
 *                    ▲ │ └───────┴───────────┘ fail, close         │ close in the retry range, unanswered probe
 *                    │ │                 ▼                         ▼
 *                    │ │            waiting {attempt, retryAt, cause}       online / visible / retryNow: at once
 *                    │ │                 │ timer
 *                    │ └─ 401 ──┐        │
 *                    └──────────┼────────┘
 *                               ▼
 *  4503, 4504 ─────────► signed-out ──start──► ticket
 *  stop(), final codes ► closed ──start──► ticket          (1009 waits like any retry; the outbox then sends one by one)
 * ```
 * Shown as `connecting`: ticket, opening, greeting. Each attempt and each socket has a generation; what an older one still brings is
 * ignored (R11), so a ticket that arrives after stop() opens nothing (F54).
 */
export class Connection {
  readonly #options: ConnectionOptions
  #phase: Phase = { name: 'idle' }
  #shown: ConnectionState = { name: 'idle' }
  #generation = 0
  #offSignals: () => void

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#offSignals = options.environment.onSignal(signal => this.#signal(signal))
  }

  state(): ConnectionState {
    return this.#shown
  }

  start(): void {
    if (['idle', 'signed-out', 'closed'].includes(this.#phase.name)) this.#connect(0)
  }

  /** Ends on purpose with 1000; no reconnect, and no socket opens later (F54). */
  stop(): void {
    if (this.#phase.name !== 'closed') this.#end({ name: 'closed', reason: 'stopped' }, closeCodes.normal)
  }

  /** Tries at once; obeys a Retry-After (C2). A live link is probed. */
  retryNow(): void {
    if (this.#phase.name === 'closed' && this.#phase.reason !== 'stopped') this.#connect(0)
    else this.#hurry()
  }

  /**
   * Hands encoded frames to the live socket, in as few messages as the limits allow (T3, T4), or each in its own with `alone`.
   * @returns false when there is no welcomed socket
   */
  send(encoded: readonly string[], alone = false): boolean {
    const phase = this.#phase
    if (phase.name !== 'online') return false
    if (phase.heartbeat.silence() >= this.#options.timing.probeBeforeSend) phase.heartbeat.probe()
    const messages = alone ? encoded : joinFrames(encoded, limits.clientBatchBytes)
    for (const message of messages) phase.socket.send(message)
    return true
  }

  /** Asks the live link for a sign of life (L2). */
  probe(): void {
    if (this.#phase.name === 'online') this.#phase.heartbeat.probe()
  }

  dispose(): void {
    this.#offSignals()
    this.stop()
  }

  #enter(next: Phase, farewell: number = closeCodes.stale): void {
    const old = this.#phase
    this.#phase = next
    if ('cancel' in old && !('cancel' in next && next.cancel === old.cancel)) old.cancel()
    if (old.name === 'ticket') old.abort.abort()
    if (old.name === 'online') old.heartbeat.dispose()
    const kept = 'socket' in next ? next.socket : undefined
    if (kept === undefined) this.#generation++
    // Never wait for onclose: on a half-open link it comes after 60 s (B2).
    if ('socket' in old && old.socket !== kept) old.socket.abandon(farewell, closeReasons[farewell] ?? 'stale')
    const shown = shownState(next)
    if (JSON.stringify(shown) === JSON.stringify(this.#shown)) return
    this.#shown = shown
    this.#options.changed(shown)
  }

  /** Leaves whatever there is for a state without a socket, and tells the owner when a welcomed socket went with it. */
  #end(next: Phase, farewell?: number, oversize = false): void {
    const welcomed = this.#phase.name === 'online'
    this.#enter(next, farewell)
    if (welcomed) this.#options.lost(oversize)
  }

  #wait(attempt: number, cause: WaitCause, plan: { after?: number, notBefore?: number, oversize?: boolean } = {}): void {
    const { environment, timing } = this.#options
    const notBefore = Math.min(plan.notBefore ?? 0, longestRetryAfter)
    const jitter = backoffDelay(attempt, environment.random()) * (timing.backoffMax / protocolTiming.backoffMax)
    const delay = plan.after ?? notBefore + jitter
    this.#end({
      name: 'waiting',
      attempt: attempt + 1,
      retryAt: environment.now() + delay,
      cause: environment.online() ? cause : 'offline',
      notBefore: environment.monotonic() + notBefore,
      cancel: environment.timer(() => this.#connect(attempt + 1), delay),
    }, undefined, plan.oversize)
  }

  #connect(attempt: number): void {
    const { environment, timing } = this.#options
    const abort = new AbortController()
    const cancel = environment.timer(() => this.#wait(attempt, 'unreachable'), timing.ticketTimeout)
    this.#enter({ name: 'ticket', attempt, abort, cancel })
    const generation = this.#generation
    environment.http.ticket(abort.signal).then(
      answer => generation === this.#generation && this.#useTicket(attempt, answer),
      () => generation === this.#generation && this.#wait(attempt, 'unreachable'),
    )
  }

  #useTicket(attempt: number, answer: TicketAnswer): void {
    switch (answer.kind) {
      case 'signed-out': return this.#end({ name: 'signed-out', reason: 'login_ended' })
      case 'busy': return this.#wait(attempt, 'busy', { notBefore: answer.retryAfter ?? 0 })
      case 'unreachable': return this.#wait(attempt, 'unreachable')
      case 'ticket': return this.#open(attempt, answer.token)
    }
  }

  #open(attempt: number, token: string): void {
    const { environment, timing, appname } = this.#options
    const generation = ++this.#generation
    const current = () => generation === this.#generation
    const label = appname === undefined ? '' : `&appname=${encodeURIComponent(appname.slice(0, limits.appnameLength))}`
    const socket = environment.openSocket(`${environment.socketUrl}?token=${encodeURIComponent(token)}${label}`, [SUBPROTOCOL], {
      open: () => current() && this.#greet(attempt, socket),
      message: text => current() && this.#message(text),
      close: code => current() && this.#closed(code),
    })
    this.#enter({ name: 'opening', attempt, socket, cancel: environment.timer(() => this.#wait(attempt, 'unreachable'), timing.connectTimeout) })
  }

  #greet(attempt: number, socket: ClientSocket): void {
    const { environment, timing } = this.#options
    this.#enter({ name: 'greeting', attempt, socket, cancel: environment.timer(() => this.#wait(attempt, 'unreachable'), timing.welcomeTimeout) })
  }

  #message(text: string): void {
    if (this.#phase.name === 'online') this.#phase.heartbeat.heard()
    const frames: ServerFrame[] = []
    const generation = this.#generation
    for (const frame of decodeServerMessage(text)) {
      const phase = this.#phase
      if (generation !== this.#generation) return
      if (phase.name === 'online' && answers.has(frame.type)) phase.heartbeat.answered()
      if (frame.type === 'ping' && 'socket' in phase) phase.socket.send(encodeFrame({ type: 'pong' }))
      else if (frame.type === 'goaway' && phase.name === 'online') phase.goaway = frame.after
      else if (frame.type === 'welcome') this.#welcome(frame)
      else if (frame.type !== 'pong' && phase.name === 'online') frames.push(frame)
    }
    if (frames.length > 0) this.#options.frames(frames)
  }

  #welcome(frame: WelcomeFrame): void {
    const phase = this.#phase
    if (phase.name !== 'greeting' && phase.name !== 'opening') return
    if (frame.protocol !== PROTOCOL_VERSION) return this.#end({ name: 'closed', reason: 'version' }, closeCodes.normal)
    if (frame.user.id !== this.#options.account) {
      this.#end({ name: 'closed', reason: 'refused' }, closeCodes.normal)
      this.#options.otherAccount()
      return
    }
    const { environment, timing } = this.#options
    const { attempt, socket } = phase
    const heartbeat = new Heartbeat({
      environment,
      timing,
      interval: frame.heartbeat.interval,
      ping: () => socket.send(encodeFrame({ type: 'ping' })),
      dead: () => this.#wait(this.#failures(), 'lost'),
    })
    this.#enter({ name: 'online', attempt, since: environment.now(), sinceMonotonic: environment.monotonic(), socket, heartbeat })
    if (this.#phase.name === 'online') this.#options.welcome(frame)
  }

  /** Failed attempts so far: a connection that lived long enough clears them, a flapping one does not (C2, F25). */
  #failures(): number {
    const phase = this.#phase
    if (!('attempt' in phase)) return 0
    if (phase.name !== 'online') return phase.attempt
    return this.#options.environment.monotonic() - phase.sinceMonotonic >= this.#options.timing.stableAfter ? 0 : phase.attempt
  }

  #closed(code: number): void {
    const phase = this.#phase
    const verdict = closeVerdict(code)
    if (verdict === 'final') return this.#end(finalState(code))
    const goaway = phase.name === 'online' ? phase.goaway : undefined
    const cause = goaway === undefined ? closeCause(code, phase.name === 'online') : 'restart'
    this.#wait(this.#failures(), cause, { oversize: verdict === 'oversize', ...(goaway === undefined ? {} : { after: goaway }) })
  }

  /** Something says that now is a good moment: a waiting connection tries at once, a live one is probed. */
  #hurry(): void {
    const phase = this.#phase
    if (phase.name === 'waiting' && this.#options.environment.monotonic() >= phase.notBefore) this.#connect(phase.attempt)
    else this.probe()
  }

  #signal(signal: Signal): void {
    const phase = this.#phase
    if (signal === 'online' && (phase.name === 'ticket' || phase.name === 'opening')) this.#connect(phase.attempt) // it began on the network that is gone
    else if (signal === 'online' || signal === 'visible' || signal === 'focus' || signal === 'pageshow' || signal === 'resume') this.#hurry()
    else if (signal === 'offline') {
      this.probe() // a hint only: the link may well be alive (B1, F21)
      if (phase.name === 'waiting') this.#enter({ ...phase, cause: 'offline' })
    }
  }
}

function shownState(phase: Phase): ConnectionState {
  switch (phase.name) {
    case 'ticket':
    case 'opening':
    case 'greeting': return { name: 'connecting', attempt: phase.attempt }
    case 'online': return { name: 'online', since: phase.since }
    case 'waiting': return { name: 'waiting', attempt: phase.attempt, retryAt: phase.retryAt, cause: phase.cause }
    default: return phase
  }
}
