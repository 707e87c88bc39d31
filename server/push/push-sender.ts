import { Tally } from '#parley/server/chat/figures.ts'
import type { Clock, Log, Random } from '#parley/server/chat/ports.ts'
import type { PushMessage } from '#parley/server/push/push-message.ts'
import type { PushAnswer, PushTransport } from '#parley/server/push/push-transport.ts'
import { VapidHeaders } from '#parley/server/push/vapid.ts'
import type { VapidIdentity } from '#parley/server/push/vapid.ts'

interface PushSenderOptions {
  clock: Clock
  random: Pick<Random, 'next'>
  log: Log
  transport: PushTransport
  identity: VapidIdentity
  /** The push service knows this subscription no more. */
  onGone: (endpoint: string) => Promise<void>
}

interface Job extends PushMessage { attempts: number, since: number }

/** Seconds that a push service keeps what it cannot bring yet; a chat of last week is no news. */
const timeToLive = 24 * 3_600
/** Messages under way at a time, and waiting, beyond which the oldest are given up. */
const atOnce = 8
/** Of these, what one user may have: push services are addresses that users give, and some might take and never answer. */
const atOnceOfUser = 2
const mostWaiting = 5_000
/** First wait after a failure, doubled each time, and what is given up on, ms. */
const firstRetry = 5_000
const longestRetry = 600_000
const patience = 3_600_000

/** What became of a try to push, or of a push. */
export type PushFate = 'delivered' | 'gone' | 'postponed' | 'refused' | 'unreachable' | 'given up'

const isPassing = ({ status }: PushAnswer): boolean => status === 429 || status === 408 || status >= 500

function fateOf(answer: PushAnswer): PushFate {
  if (answer.status === 404 || answer.status === 410) return 'gone'
  if (isPassing(answer)) return 'postponed'
  return answer.status >= 300 ? 'refused' : 'delivered'
}

/**
 * Brings messages to push services, each as soon as a place is free: encrypted for its browser (RFC 8291), signed (RFC 8292), tried again
 * with growing waits, never kept for long. Of one topic only the newest waits.
 */
export class PushSender {
  readonly fates = new Tally<PushFate>()
  readonly #options: PushSenderOptions
  readonly #headers: VapidHeaders
  /** By endpoint and topic, the longest waiting first. */
  readonly #waiting = new Map<string, Job>()
  /** Waiting for their next try. */
  readonly #resting = new Map<string, () => void>()
  /** Under way, by user. */
  readonly #busy = new Map<string, number>()
  #running = 0
  #idle: (() => void)[] = []
  #closed = false

  constructor(options: PushSenderOptions) {
    this.#options = options
    this.#headers = new VapidHeaders(options.identity, options.clock)
  }

  /** Messages that wait for their first or next try. */
  get waiting(): number {
    return this.#waiting.size + this.#resting.size
  }

  /** Takes a message; never waits, never throws. */
  send(message: PushMessage): void {
    this.#enqueue({ ...message, attempts: 0, since: this.#options.clock.monotonic() })
  }

  /** Resolves when nothing is waiting or under way; what rests after a failure is not waited for. */
  idle(): Promise<void> {
    if (this.#running === 0 && this.#waiting.size === 0) return Promise.resolve()
    return new Promise(resolve => void this.#idle.push(resolve))
  }

  close(): void {
    this.#closed = true
    for (const cancel of this.#resting.values()) cancel()
    this.#resting.clear()
    this.#waiting.clear()
  }

  #enqueue(job: Job): void {
    if (this.#closed) return
    const key = `${job.topic} ${job.subscription.endpoint}`
    this.#resting.get(key)?.()
    this.#resting.delete(key)
    this.#waiting.delete(key)
    this.#waiting.set(key, job)
    if (this.#waiting.size > mostWaiting) {
      this.#waiting.delete(this.#waiting.keys().next().value!)
      this.fates.add('given up')
      this.#options.log.warn('too many pushes wait; the oldest is given up')
    }
    this.#goOn()
  }

  #goOn(): void {
    for (const [key, job] of this.#waiting) {
      if (this.#running >= atOnce) break
      if ((this.#busy.get(job.subscription.user) ?? 0) >= atOnceOfUser) continue
      this.#waiting.delete(key)
      this.#count(job, 1)
      void this.#run(key, job).finally(() => {
        this.#count(job, -1)
        this.#goOn()
      })
    }
    if (this.#running > 0 || this.#waiting.size > 0) return
    for (const tell of this.#idle.splice(0)) tell()
  }

  #count({ subscription: { user } }: Job, by: 1 | -1): void {
    this.#running += by
    const own = (this.#busy.get(user) ?? 0) + by
    if (own > 0) this.#busy.set(user, own)
    else this.#busy.delete(user)
  }

  /** Never rejects. */
  async #run(key: string, job: Job): Promise<void> {
    const { log, onGone } = this.#options
    const { endpoint } = job.subscription
    try {
      const answer = await this.#deliver(job)
      this.fates.add(fateOf(answer))
      if (answer.status === 404 || answer.status === 410) await onGone(endpoint)
      else if (isPassing(answer)) this.#rest(key, job, answer.retryAfter)
      else if (answer.status >= 300) log.warn('a push was refused', { user: job.subscription.user, service: new URL(endpoint).host, status: answer.status })
    }
    catch (error) {
      this.fates.add('unreachable')
      // The endpoint itself is a secret: whoever knows it may send.
      log.debug('a push got no answer', { user: job.subscription.user, service: new URL(endpoint).host, error: codeOf(error) })
      this.#rest(key, job, undefined)
    }
  }

  async #deliver({ subscription: { endpoint, p256dh, auth }, topic, urgency, payload }: Job): Promise<PushAnswer> {
    // Loaded when something is pushed first: a server without subscriptions need not have it in memory.
    const { default: { encrypt, getVapidHeaders } } = await import('web-push')
    const { cipherText } = encrypt(p256dh, auth, payload, 'aes128gcm')
    return this.#options.transport({
      endpoint,
      headers: {
        'authorization': this.#headers.of(endpoint, getVapidHeaders),
        'content-encoding': 'aes128gcm',
        'content-type': 'application/octet-stream',
        'ttl': String(timeToLive),
        topic,
        urgency,
      },
      body: cipherText,
    })
  }

  #rest(key: string, job: Job, retryAfter: number | undefined): void {
    const { clock, random, log } = this.#options
    const backoff = Math.min(longestRetry, firstRetry * 2 ** job.attempts) * (0.5 + random.next() / 2)
    const wait = Math.max(backoff, retryAfter ?? 0)
    // A newer one of the topic says all that this one would.
    if (this.#closed || this.#waiting.has(key) || this.#resting.has(key)) return
    if (clock.monotonic() + wait - job.since > patience || this.#resting.size >= mostWaiting) {
      this.fates.add('given up')
      log.warn('a push was given up', { user: job.subscription.user, service: new URL(job.subscription.endpoint).host })
      return
    }
    this.#resting.set(key, clock.timer(() => {
      this.#resting.delete(key)
      this.#enqueue({ ...job, attempts: job.attempts + 1 })
    }, wait))
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : error instanceof Error ? error.name : 'unknown'
}
