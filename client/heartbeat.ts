import type { Environment } from '#parley/client/environment.ts'
import type { ClientTiming } from '#parley/client/timing.ts'

interface HeartbeatOptions {
  environment: Environment
  timing: ClientTiming
  /** `heartbeat.interval` of the welcome: a server that pings more rarely is not dead sooner. */
  interval: number
  ping(): void
  /** The link gives no sign of life: the socket is to be abandoned at once (B2). Called at most once. */
  dead(): void
}

type Probe = { name: 'none' } | { name: 'sent', at: number, again: boolean, cancel(): void }

/** Silence is judged at 1.4 ping intervals (L2: 35 s of 25 s). */
const intervalShare = 1.4
/** Pings without an answer before the way up is given up: after a sleep one or two may have theirs still in the queue. */
const deafPings = 4
/** Two readings of one span by clocks of which one counts whole ms, and NTP slews one (ms in 35 s): closer than this they agree. */
const agreement = 50
/** A timer later than this many times its delay says more about the timer (hidden tab, sleep, freeze) than about the link (B6). */
const lateFactor = 2

/**
 * Life signs of one welcomed socket (L1, L2). Any frame counts, but not for ever: a link that is dead on its way up alone still brings
 * what others write, so pings that nobody answers for long end it too. Two clocks, since each lies alone: the wall clock jumps when someone
 * sets it (F16), the monotonic one may stand still while the machine sleeps (F17). Both agreeing on silence ends the link; one alone,
 * or a timer that ran late, only raises a probe.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  readonly #silence: number
  #heardWall: number
  #heardMonotonic: number
  #probe: Probe = { name: 'none' }
  /** Pings since the last frame that only a server that hears this client sends, and when (monotonic ms) the first of them went. */
  #unanswered: { since: number, pings: number } | undefined
  #cancelWatch: () => void = () => {}

  constructor(options: HeartbeatOptions) {
    this.#options = options
    this.#silence = Math.max(options.timing.clientSilence, options.interval * intervalShare)
    this.#heardWall = options.environment.now()
    this.#heardMonotonic = options.environment.monotonic()
    this.#watch(this.#silence)
  }

  /** A frame arrived. */
  heard(): void {
    this.#heardWall = this.#options.environment.now()
    this.#heardMonotonic = this.#options.environment.monotonic()
    if (this.#probe.name === 'sent') {
      this.#probe.cancel()
      this.#probe = { name: 'none' }
    }
  }

  /** A frame arrived that answers, or by which the server says that it does not read now (`ping`, L2). */
  answered(): void {
    this.#unanswered = undefined
  }

  /** Ms since the last frame, by the clock that says more. */
  silence(): number {
    const { environment } = this.#options
    return Math.max(environment.now() - this.#heardWall, environment.monotonic() - this.#heardMonotonic)
  }

  /** Asks for a sign of life; none in time ends the link. A probe under way is enough. */
  probe(): void {
    if (this.#probe.name !== 'none') return
    if (this.#deaf()) this.#die()
    else this.#sendProbe(false)
  }

  dispose(): void {
    this.#cancelWatch()
    if (this.#probe.name === 'sent') this.#probe.cancel()
    this.#probe = { name: 'none' }
  }

  #deaf(): boolean {
    if (this.#unanswered === undefined || this.#unanswered.pings < deafPings) return false
    return this.#options.environment.monotonic() - this.#unanswered.since >= this.#options.timing.answerTimeout
  }

  #sendProbe(again: boolean): void {
    const { environment, timing } = this.#options
    this.#unanswered = { since: this.#unanswered?.since ?? environment.monotonic(), pings: (this.#unanswered?.pings ?? 0) + 1 }
    const cancel = environment.timer(() => this.#judgeProbe(), timing.probeTimeout)
    this.#probe = { name: 'sent', at: environment.now(), again, cancel }
    this.#options.ping()
  }

  #judgeProbe(): void {
    if (this.#probe.name !== 'sent') return
    const { environment, timing } = this.#options
    const late = environment.now() - this.#probe.at > timing.probeTimeout * lateFactor
    // After a freeze this timer may run before the answer that already lies in the queue; one more chance, never two.
    if (late && !this.#probe.again) this.#sendProbe(true)
    else this.#die()
  }

  #watch(delay: number): void {
    this.#cancelWatch = this.#options.environment.timer(() => this.#judgeSilence(), delay)
  }

  #judgeSilence(): void {
    const { environment } = this.#options
    const wall = environment.now() - this.#heardWall
    const monotonic = environment.monotonic() - this.#heardMonotonic
    const longest = Math.max(wall, monotonic)
    if (longest < this.#silence) {
      this.#watch(this.#silence - Math.max(longest, 0))
      return
    }
    if (Math.min(wall, monotonic) >= this.#silence - agreement && longest < this.#silence * lateFactor) {
      this.#die()
      return
    }
    this.probe()
    this.#watch(this.#silence)
  }

  #die(): void {
    this.dispose()
    this.#options.dead()
  }
}
