import type { Environment, StoredValue } from '#parley/client/environment.ts'
import type { Draft } from '#parley/client/types.ts'

export interface DraftsOptions {
  environment: Environment
  account: string
  changed(conversation: string): void
  /** Tells the other tabs. */
  tell(conversation: string, draft: Draft | undefined): void
}

/** Ms until a draft is written. A text box gathers keys for 350 ms before it hands them over; together they stay under the 500 of U-P6. */
const saveAfter = 100
const prefix = 'draft:'

/** What was typed and not sent, per conversation. Typing costs no disk write per key; leaving the page saves at once. */
export class Drafts {
  readonly #options: DraftsOptions
  readonly #drafts = new Map<string, Draft>()
  readonly #unsaved = new Set<string>()
  /** Texts that go elsewhere at the moment, and how many of each conversation: until they are there, what lies on the disk stays. */
  readonly #held = new Map<string, number>()
  #cancel: (() => void) | undefined
  #leaving = false

  constructor(options: DraftsOptions) {
    this.#options = options
  }

  get(conversation: string): Draft | undefined {
    return this.#drafts.get(conversation)
  }

  async load(): Promise<void> {
    const { environment, account } = this.#options
    const said = environment.lastWords?.take(this.#lastKey('')) ?? []
    for (const { key, value } of await environment.storage.values(account, prefix)) {
      const conversation = key.slice(prefix.length)
      if (isDraft(value) && !this.#drafts.has(conversation) && !this.#unsaved.has(conversation)) this.adopt(conversation, value)
    }
    for (const { key, value } of said) this.#hear(key.slice(this.#lastKey('').length), value)
  }

  #lastKey(conversation: string): string {
    return `${prefix}${this.#options.account}:${conversation}`
  }

  /** Last words of the page before; a draft that another tab saved since is newer. */
  #hear(conversation: string, value: unknown): void {
    if (!isLastWord(value) || value.savedAt < (this.#drafts.get(conversation)?.savedAt ?? 0)) return
    this.save(conversation, isDraft(value) ? value : undefined)
  }

  save(conversation: string, draft: Draft | undefined): void {
    const kept = draft === undefined || (draft.text.trim() === '' && draft.replyTo === undefined) ? undefined : draft
    const known = this.#drafts.get(conversation)
    if (known?.text === kept?.text && known?.replyTo === kept?.replyTo) return
    this.adopt(conversation, kept)
    this.#unsaved.add(conversation)
    if (this.#leaving && !this.#held.has(conversation)) {
      this.#options.environment.lastWords?.put(this.#lastKey(conversation), kept ?? { savedAt: this.#options.environment.now() })
      void this.flush()
    }
    else this.#cancel ??= this.#options.environment.timer(() => void this.flush(), saveAfter)
  }

  /** A draft that another tab, or an earlier page, kept. */
  adopt(conversation: string, draft: Draft | undefined): void {
    if (draft === undefined) this.#drafts.delete(conversation)
    else this.#drafts.set(conversation, draft)
    this.#options.changed(conversation)
  }

  /**
   * The page is being left, or is back. A text box learns of it after us and then hands over its last keys: a timer for those would
   * never run.
   */
  leave(leaving: boolean): void {
    const { environment } = this.#options
    this.#leaving = leaving
    if (!leaving) {
      environment.lastWords?.take(this.#lastKey('')) // the page lives on, and so did its writes
      return
    }
    for (const conversation of this.#ready()) environment.lastWords?.put(this.#lastKey(conversation), this.#drafts.get(conversation) ?? { savedAt: environment.now() })
    void this.flush()
  }

  async flush(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    const { environment, account } = this.#options
    const unsaved = this.#ready()
    for (const conversation of unsaved) this.#unsaved.delete(conversation)
    await Promise.all(unsaved.map(async (conversation) => {
      const draft = this.#drafts.get(conversation)
      const key = `${prefix}${conversation}`
      try {
        await (draft === undefined ? environment.storage.deleteValue(account, key) : environment.storage.putValue(account, key, draft))
      }
      catch (error) {
        environment.warn('a draft could not be kept on this device', error)
      }
      this.#options.tell(conversation, draft)
    }))
  }

  /** The text leaves with its files (U-P6): gone from the box at once, and from the disk only when it is elsewhere, at {@link release}. */
  hold(conversation: string): void {
    this.#held.set(conversation, (this.#held.get(conversation) ?? 0) + 1)
    this.adopt(conversation, undefined)
  }

  async release(conversation: string): Promise<void> {
    const left = (this.#held.get(conversation) ?? 1) - 1
    if (left > 0) return void this.#held.set(conversation, left)
    this.#held.delete(conversation)
    this.#unsaved.add(conversation)
    await this.flush()
  }

  /** What the disk should say of a draft: itself, or since when there is none. */
  stored(conversation: string): StoredValue {
    const { environment, account } = this.#options
    return { account, key: `${prefix}${conversation}`, value: this.#drafts.get(conversation) ?? { savedAt: environment.now() } }
  }

  clear(): void {
    const conversations = [...this.#drafts.keys()]
    this.#unsaved.clear()
    this.#options.environment.lastWords?.take(this.#lastKey(''))
    this.dispose()
    for (const conversation of conversations) this.adopt(conversation, undefined)
  }

  #ready(): string[] {
    return [...this.#unsaved].filter(conversation => !this.#held.has(conversation))
  }

  dispose(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}

/** A draft, or the time at which one was cleared. */
const isLastWord = (value: unknown): value is { savedAt: number } => typeof value === 'object' && value !== null && 'savedAt' in value && typeof value.savedAt === 'number'

function isDraft(value: unknown): value is Draft {
  return typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string' && 'savedAt' in value && typeof value.savedAt === 'number'
}
