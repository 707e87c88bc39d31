import * as v from 'valibot'
import type { Environment, StoredValue } from '#parley/client/environment.ts'
import type { ConfirmedRow } from '#parley/client/rows.ts'
import type { KeptTimeline } from '#parley/client/timeline.ts'
import type { ConversationSummary } from '#parley/shared/model.ts'

export interface DeviceCacheOptions {
  environment: Environment
  account: string
  timeline(conversation: string): KeptTimeline | undefined
  summaries(): ConversationSummary[]
  /** What had arrived of these conversations is on the device now, or cannot be kept there. */
  stored(conversations: readonly string[]): void
}

/** What was found on the device at start; of an earlier history nothing is (W4). */
export interface KeptState { summaries: ConversationSummary[], timelines: { conversation: string, kept: KeptTimeline }[] }

/** Writes are gathered this long (ms): under the second within which a delivery receipt may be sent anyway. */
const gatherFor = 500
/** The list is written whole, whatever changed in it: in a busy time no more often than this (ms). */
const listEvery = 2_000

const hasFields = (value: unknown, ...names: string[]): boolean => typeof value === 'object' && value !== null && names.every(name => Object.hasOwn(value, name))
const keptTimeline = v.object({
  version: v.literal(1),
  epoch: v.string(),
  from: v.number(),
  cursor: v.number(),
  tip: v.optional(v.nullable(v.string())),
  rows: v.array(v.custom<ConfirmedRow>(row => hasFields(row, 'kind', 'cid', 'seq', 'sender', 'at'))),
})
const keptList = v.object({
  epoch: v.string(),
  summaries: v.array(v.custom<ConversationSummary>(summary => hasFields(summary, 'id', 'kind', 'members', 'head', 'readSeq', 'createdAt'))),
})

/** Keeps the newest rows and the list on the device, so that a reload shows them before any connection. */
export class DeviceCache {
  readonly #options: DeviceCacheOptions
  readonly #touched = new Set<string>()
  #listTouched = false
  /** When the list was last written; monotonic ms. */
  #listAt = -Infinity
  #cancel: (() => void) | undefined
  #epoch: string | undefined
  #off = false

  constructor(options: DeviceCacheOptions) {
    this.#options = options
  }

  /** The history that this device knows; undefined on a fresh one. */
  get epoch(): string | undefined {
    return this.#epoch
  }

  async load(): Promise<KeptState> {
    const { environment: { storage }, account } = this.#options
    const [epoch, list, conversations] = await Promise.all([storage.value(account, 'epoch'), storage.value(account, 'conversations'), storage.conversations(account)])
    if (typeof epoch !== 'string' || this.#epoch !== undefined) return { summaries: [], timelines: [] }
    this.#epoch = epoch
    const parsedList = v.safeParse(keptList, list)
    const timelines: KeptState['timelines'] = []
    for (const { conversation, data } of conversations) {
      const parsed = v.safeParse(keptTimeline, data)
      if (parsed.success && parsed.output.epoch === epoch) timelines.push({ conversation, kept: { tip: undefined, ...parsed.output } })
    }
    return { summaries: parsedList.success && parsedList.output.epoch === epoch ? parsedList.output.summaries : [], timelines }
  }

  /**
   * The epoch of a welcome.
   * @returns whether it differs from the one known: then everything kept belonged to another history and is dropped (W4)
   */
  meet(epoch: string): boolean {
    if (this.#epoch === epoch) return false
    const changed = this.#epoch !== undefined
    this.#epoch = epoch
    const { environment: { storage }, account } = this.#options
    // In this order: after a crash in between, the old epoch still tells that what is left is old.
    const forget = changed ? storage.deleteConversations(account, 'all').then(() => storage.deleteValue(account, 'conversations')) : Promise.resolve()
    forget.then(() => storage.putValue(account, 'epoch', epoch)).catch((error: unknown) => this.#failed(error))
    return changed
  }

  /** Whether what came over HTTP is of the history that this device knows; on a fresh device the first one met is (W4). */
  belongs(epoch: string): boolean {
    if (this.#epoch === undefined) this.meet(epoch)
    return this.#epoch === epoch
  }

  touch(conversation: string): void {
    this.#touched.add(conversation)
    this.#schedule()
  }

  touchList(): void {
    this.#listTouched = true
    this.#schedule()
  }

  remove(conversation: string): void {
    this.#touched.delete(conversation)
    this.#options.environment.storage.deleteConversations(this.#options.account, [conversation]).catch((error: unknown) => this.#failed(error))
    this.touchList()
  }

  /** Writes all that waits, in one transaction. */
  flush(): Promise<void> {
    return this.#write(true)
  }

  async #write(whole: boolean): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    const epoch = this.#epoch
    if (this.#off || epoch === undefined) return
    const { environment: { storage }, account } = this.#options
    const conversations = [...this.#touched]
    this.#touched.clear()
    const entries = conversations.flatMap((conversation) => {
      const kept = this.#options.timeline(conversation)
      return kept === undefined ? [] : [{ account, conversation, data: { version: 1, epoch, ...kept } }]
    })
    const list = this.#takeList(whole, epoch)
    try {
      if (entries.length > 0 || list.length > 0) await storage.putConversations(entries, list)
    }
    catch (error) {
      this.#failed(error)
    }
    if (!this.#off) this.#options.stored(conversations)
  }

  /** The account left this device: nothing may be written any more (X33). */
  switchOff(): void {
    this.#off = true
    this.#cancel?.()
    this.#cancel = undefined
  }

  #takeList(whole: boolean, epoch: string): StoredValue[] {
    if (!this.#listTouched) return []
    const now = this.#options.environment.monotonic()
    if (!whole && now - this.#listAt < listEvery) {
      this.#schedule()
      return []
    }
    this.#listTouched = false
    this.#listAt = now
    return [{ account: this.#options.account, key: 'conversations', value: { epoch, summaries: this.#options.summaries() } }]
  }

  #schedule(): void {
    if (!this.#off) this.#cancel ??= this.#options.environment.timer(() => void this.#write(false), gatherFor)
  }

  #failed(error: unknown): void {
    this.#options.environment.warn('the cache could not be kept on this device', error)
  }
}
