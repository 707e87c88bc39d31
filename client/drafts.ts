import type { Environment, StoredValue } from '#parley/client/environment.ts'
import type { Draft } from '#parley/client/types.ts'

/** A text that goes elsewhere, with files (U-P6). Until it is there it stands before the draft on the disk. */
export interface LeavingText {
  conversation: string
  text: string
  replyTo?: number | undefined
  /** The write that takes it away is under way: what the disk says then is right, whatever becomes of that. */
  moving: boolean
}

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
  readonly #leavingTexts = new Set<LeavingText>()
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
    if (this.#leaving && this.#ready().includes(conversation)) {
      this.#options.environment.lastWords?.put(this.#lastKey(conversation), this.stored(conversation).value)
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
    for (const conversation of this.#ready()) environment.lastWords?.put(this.#lastKey(conversation), this.stored(conversation).value)
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
      const { key, value } = this.stored(conversation)
      try {
        await (isDraft(value) ? environment.storage.putValue(account, key, value) : environment.storage.deleteValue(account, key))
      }
      catch (error) {
        environment.warn('a draft could not be kept on this device', error)
      }
      this.#options.tell(conversation, draft)
    }))
  }

  /** A text leaves with its files: gone from the box at once, and from the disk with {@link stored}, or when it is safe. */
  hold(leaving: LeavingText): void {
    this.#leavingTexts.add(leaving)
    this.adopt(leaving.conversation, undefined)
    this.#unsaved.add(leaving.conversation) // its last letters may not be on the disk yet
    this.#cancel ??= this.#options.environment.timer(() => void this.flush(), saveAfter)
  }

  /** The write that takes it away has ended. @param gone it is safe elsewhere; else it stays before the draft */
  async settle(leaving: LeavingText, gone: boolean): Promise<void> {
    leaving.moving = false
    if (gone) this.#leavingTexts.delete(leaving)
    this.#unsaved.add(leaving.conversation)
    await this.flush()
  }

  /** What the disk should say of a draft: itself, or since when there is none. @param without a text that goes in the same write */
  stored(conversation: string, without?: LeavingText): StoredValue {
    const { environment, account } = this.#options
    const draft = this.#drafts.get(conversation)
    const before = [...this.#leavingTexts].filter(leaving => leaving.conversation === conversation && leaving !== without)
    if (without !== undefined) without.moving = true
    const text = [...before, ...draft === undefined ? [] : [draft]].map(part => part.text).filter(part => part !== '').join('\n')
    const replyTo = draft?.replyTo ?? before.at(-1)?.replyTo
    const value = before.length === 0 ? draft : { text, savedAt: draft?.savedAt ?? environment.now(), ...(replyTo === undefined ? {} : { replyTo }) }
    return { account, key: `${prefix}${conversation}`, value: value ?? { savedAt: environment.now() } }
  }

  clear(): void {
    const conversations = [...this.#drafts.keys()]
    this.#unsaved.clear()
    this.#leavingTexts.clear()
    this.#options.environment.lastWords?.take(this.#lastKey(''))
    this.dispose()
    for (const conversation of conversations) this.adopt(conversation, undefined)
  }

  #ready(): string[] {
    return [...this.#unsaved].filter(conversation => ![...this.#leavingTexts].some(leaving => leaving.moving && leaving.conversation === conversation))
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
