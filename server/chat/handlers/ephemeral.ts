import type { DeliveredFrame, PresenceFrame, ReadFrame, TypingFrame } from '#parley/shared/protocol/index.ts'
import type { Clock, MemberState } from '#parley/server/chat/ports.ts'
import { StoreUnavailable } from '#parley/server/chat/ports.ts'
import { TokenBucket } from '#parley/server/chat/rate-limit.ts'
import type { Activity } from '#parley/server/chat/presence.ts'

/** L4, X18: ephemeral frames per second and connection. */
const ephemeralRate = 5

/** Conversations with positions that wait, beyond which those that this node does not know the user in are left out. */
const mostUnknown = 64

interface EphemeralHost {
  clock: Clock
  /** False: no limit (L4). */
  limited: boolean
  /** X11: whether the user is a member; frames for other conversations are ignored silently (T5a). */
  isMember: (conversation: string) => boolean
  typing: (conversation: string, on: boolean) => void
  presence: (activity: Activity) => void
  /** @throws StoreUnavailable try again later */
  raise: (conversation: string, state: MemberState) => Promise<void>
  warn: (message: string, error: unknown) => void
}

/**
 * `read`, `delivered`, `typing` and `presence` of one connection (§8). Beyond the rate, positions are merged (the highest per
 * conversation counts), of presence the last one counts, and typing is dropped. The store is never waited for here, so that none of these can delay an op (L4).
 */
export class EphemeralFrames {
  readonly #host: EphemeralHost
  readonly #bucket: TokenBucket
  readonly #positions = new Map<string, MemberState>()
  #activity: Activity | undefined
  #raising = false

  constructor(host: EphemeralHost) {
    this.#host = host
    this.#bucket = new TokenBucket(host.limited ? ephemeralRate : 0, ephemeralRate, host.clock)
  }

  typing(frame: TypingFrame): void {
    if (this.#host.isMember(frame.conversation) && this.#bucket.take()) this.#host.typing(frame.conversation, frame.on)
  }

  presence(frame: PresenceFrame): void {
    this.#activity = frame.state
    this.#work()
  }

  position(frame: ReadFrame | DeliveredFrame): void {
    // The store decides whether the user is a member: this node may not have followed the log to a rejoin that the client knows of, and
    // nobody would say again what is dropped here. But made-up conversations must not pile up behind the rate.
    if (!this.#host.isMember(frame.conversation) && this.#positions.size >= mostUnknown) return
    this.#merge(frame.conversation, frame.type === 'read' ? { readSeq: frame.seq } : { deliveredSeq: frame.seq })
    this.#work()
  }

  /** Does what had to wait. */
  beat(): void {
    this.#work()
  }

  #merge(conversation: string, state: MemberState): void {
    const merged = this.#positions.get(conversation) ?? {}
    if (state.readSeq !== undefined) merged.readSeq = Math.max(merged.readSeq ?? 0, state.readSeq)
    if (state.deliveredSeq !== undefined) merged.deliveredSeq = Math.max(merged.deliveredSeq ?? 0, state.deliveredSeq)
    this.#positions.set(conversation, merged)
  }

  #work(): void {
    if (this.#activity !== undefined && this.#bucket.take()) {
      const activity = this.#activity
      this.#activity = undefined
      this.#host.presence(activity)
    }
    if (!this.#raising && this.#positions.size > 0) void this.#raise()
  }

  /** One at a time: what comes meanwhile is merged. Never rejects. */
  async #raise(): Promise<void> {
    this.#raising = true
    for (let next = this.#next(); next; next = this.#next()) {
      const [conversation, state] = next
      try {
        await this.#host.raise(conversation, state)
      }
      catch (error) {
        if (error instanceof StoreUnavailable) {
          this.#merge(conversation, state)
          break
        }
        this.#host.warn('could not raise a position', error)
      }
    }
    this.#raising = false
  }

  #next(): [string, MemberState] | undefined {
    const next = this.#positions.entries().next().value
    if (!next || !this.#bucket.take()) return undefined
    this.#positions.delete(next[0])
    return next
  }
}
