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
/** A timer later than this many times its delay says more about the timer (hidden tab, sleep, freeze) than about the link (B6). */
const lateFactor = 2

/**
 * Life signs of one welcomed socket (L1, L2). Any frame counts. Two clocks, since each lies alone: the wall clock jumps when someone
 * sets it (F16), the monotonic one may stand still while the machine sleeps (F17). Both agreeing on silence ends the link; one alone,
 * or a timer that ran late, only raises a probe.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  readonly #silence: number
  #heardWall: number
  #heardMonotonic: number
  #probe: Probe = { name: 'none' }
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

  /** Ms since the last frame, by the clock that says more. */
  silence(): number {
    const { environment } = this.#options
    return Math.max(environment.now() - this.#heardWall, environment.monotonic() - this.#heardMonotonic)
  }

  /** Asks for a sign of life; none in time ends the link. A probe under way is enough. */
  probe(): void {
    if (this.#probe.name === 'none') this.#sendProbe(false)
  }

  dispose(): void {
    this.#cancelWatch()
    if (this.#probe.name === 'sent') this.#probe.cancel()
    this.#probe = { name: 'none' }
  }

  #sendProbe(again: boolean): void {
    const { environment, timing } = this.#options
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
    if (Math.min(wall, monotonic) >= this.#silence && longest < this.#silence * lateFactor) {
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
