import { CommandError } from '#parley/cli/command-error.ts'
import type { ImportedPeople } from '#parley/cli/exchange/import-people.ts'
import type { ExportedEvent, ExportLine } from '#parley/cli/exchange/lines.ts'
import type { AppendResult, LogChange } from '#parley/server/chat/ports.ts'
import type { SqliteStore } from '#parley/server/storage/sqlite/sqlite-store.ts'
import type { Content } from '#parley/shared/model.ts'
import { checkContent } from '#parley/shared/protocol/index.ts'

type ConversationLine = Extract<ExportLine, { type: 'conversation' }>

/** Events that wait for one commit. */
const atOnce = 500
/** Stands in the log for the moment between a message and its deletion, so that both keep their places. */
const deletedContent: Content = { type: 'text', text: '…' }

function contentOf(value: unknown): Content {
  if (value === undefined) return deletedContent
  const checked = checkContent(value)
  if (!checked.ok) throw new CommandError(`its content is refused: ${checked.message}`)
  return checked.content
}

/**
 * One conversation, event after event, by the same way as any op: the cid of each makes it one and the same however often it comes (S3),
 * and all that follows from events (members, search, reactions) follows here too. Seqs may differ where the conversation exists already.
 */
export class ImportedLog {
  readonly #store: SqliteStore
  readonly #people: ImportedPeople
  readonly #line: ConversationLine
  readonly #id: string
  readonly #seqs = new Map<number, number>()
  #waiting: { seq: number, result: Promise<AppendResult> }[] = []
  added = 0
  known = 0

  private constructor(store: SqliteStore, people: ImportedPeople, line: ConversationLine, id: string) {
    this.#store = store
    this.#people = people
    this.#line = line
    this.#id = id
  }

  /** @throws CommandError the conversation was deleted here */
  static async open(store: SqliteStore, people: ImportedPeople, line: ConversationLine): Promise<ImportedLog> {
    const { id, kind, title, createdAt } = line
    const members = line.founders.map(user => people.idOf(user))
    if ((await store.headsOf([id])).has(id)) {
      if (await store.conversationForAdmin(id) === undefined) throw new CommandError(`conversation ${id} was deleted here for good and is not brought back`)
      return new ImportedLog(store, people, line, id)
    }
    const made = await store.createConversation({ id, kind, title, members, at: createdAt })
    return new ImportedLog(store, people, line, made.id)
  }

  async add(event: ExportedEvent): Promise<void> {
    const change = await this.#changeOf(event)
    if (change === undefined) return
    const { seq, cid, sender, at } = event
    const result = this.#store.append({ conversation: this.#id, actor: this.#people.idOf(sender), cid, at, change, authority: 'server' })
    // Looked at when its turn comes.
    result.catch(() => undefined)
    this.#waiting.push({ seq, result })
    if (this.#waiting.length >= atOnce) await this.#settle()
  }

  /** Waits for the last ones, and puts back how far members have read. */
  async finish(): Promise<void> {
    await this.#settle()
    for (const { user, readSeq } of this.#line.members) {
      let own = 0
      for (let seq = readSeq; seq > 0 && own === 0; seq--) own = this.#seqs.get(seq) ?? 0
      if (own > 0) await this.#store.raisePositions(this.#id, this.#people.idOf(user), { readSeq: own, deliveredSeq: own })
    }
  }

  async #settle(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = []
    for (const { seq, result } of waiting) {
      const answer = await result
      if (!answer.ok) throw new CommandError(`event ${seq} of conversation ${this.#line.id} is refused: ${answer.message}`)
      this.#seqs.set(seq, answer.event.seq)
      if (answer.duplicate) this.known++
      else this.added++
    }
  }

  async #placeOf(seq: number): Promise<number> {
    if (!this.#seqs.has(seq)) await this.#settle()
    const own = this.#seqs.get(seq)
    if (own === undefined) throw new CommandError(`there is no event ${seq} before it`)
    return own
  }

  /** Undefined: it would say nothing here. */
  async #changeOf(event: ExportedEvent): Promise<LogChange | undefined> {
    switch (event.kind) {
      case 'message': return { kind: 'message', content: contentOf(event.content), ...(event.replyTo === undefined ? {} : { replyTo: await this.#placeOf(event.replyTo) }) }
      case 'edit': return { kind: 'edit', target: await this.#placeOf(event.target), content: contentOf(event.content) }
      case 'delete': return { kind: 'delete', target: await this.#placeOf(event.target), ...(event.reason === undefined ? {} : { reason: event.reason }) }
      case 'reaction': return { kind: 'reaction', target: await this.#placeOf(event.target), emoji: event.emoji, on: event.on }
      case 'member': return { kind: 'member', user: this.#people.idOf(event.user), change: event.change, ...(event.role === undefined ? {} : { role: event.role }) }
      case 'meta': return this.#metaOf(event)
    }
  }

  async #metaOf({ title, topic, avatar, closed, public: isPublic, pin }: Extract<ExportedEvent, { kind: 'meta' }>): Promise<LogChange> {
    // Pictures of conversations are not part of an export.
    const hasAvatar = avatar !== undefined && (avatar === '' || await this.#store.avatar(avatar) !== undefined)
    return {
      kind: 'meta',
      ...(title === undefined ? {} : { title }), ...(topic === undefined ? {} : { topic }), ...(hasAvatar ? { avatar } : {}),
      ...(closed === undefined ? {} : { closed }), ...(isPublic === undefined ? {} : { public: isPublic }),
      ...(pin === undefined ? {} : { pin: { seq: await this.#placeOf(pin.seq), on: pin.on } }),
    }
  }
}
