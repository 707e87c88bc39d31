import type { FileStore } from '#parley/server/attachments/ports.ts'
import type { SqliteStore } from '#parley/server/storage/sqlite/sqlite-store.ts'
import type { LogEvent, MemberEvent } from '#parley/shared/model.ts'
import { formatVersion, type ExportLine } from '#parley/cli/exchange/lines.ts'

export interface ExportSource {
  store: SqliteStore
  /** Undefined: without the bytes of files. */
  files: FileStore | undefined
  version: string
  now: number
}

const pageSize = 1_000
/** Bytes of a file on one line. */
const bytesAtOnce = 192 * 1024

async function* readLog(store: SqliteStore, conversation: string, head: number): AsyncGenerator<LogEvent> {
  for (let from = 1; from <= head; from += pageSize) yield* await store.range(conversation, from, Math.min(head, from + pageSize - 1), pageSize)
}

/** Whoever was there before the log began: nobody has let them in. The owner comes first. */
function foundersOf(present: readonly string[], owners: readonly string[], changes: readonly MemberEvent[]): string[] {
  const first = new Map<string, MemberEvent>()
  for (const change of changes) if (!first.has(change.user)) first.set(change.user, change)
  const founders = [...new Set([...present, ...first.keys()])].filter(user => first.get(user)?.change !== 'join')
  // Ownership that was not given by an event was there from the beginning; else whoever gave it first had it.
  const given = new Set(changes.filter(({ change, role }) => change === 'role' && role === 'owner').map(({ user }) => user))
  const giver = changes.find(({ change, role }) => change === 'role' && role === 'owner')?.sender
  const owner = owners.find(user => founders.includes(user) && !given.has(user)) ?? (giver !== undefined && founders.includes(giver) ? giver : founders[0])
  return owner === undefined ? [] : [owner, ...founders.filter(user => user !== owner)]
}

async function* fileLines(files: FileStore, { id, name, mime, size, width, height }: { id: string, name: string, mime: string, size: number, width?: number, height?: number }, uploader: string, at: number): AsyncGenerator<ExportLine> {
  const bytes = await files.read(id)
  if (bytes === undefined) return
  yield { type: 'file', id, uploader, name, mime, size, at, ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }) }
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    for (let from = 0; from < chunk.length; from += bytesAtOnce) yield { type: 'bytes', base64: chunk.toString('base64', from, Math.min(chunk.length, from + bytesAtOnce)) }
  }
}

/** The lines of conversations: their people, what they are, and their logs, each up to its head when its turn comes. */
export class Exporter {
  readonly #source: ExportSource
  readonly #users = new Set<string>()
  readonly #files = new Set<string>()
  /** Written so far. */
  messages = 0

  constructor(source: ExportSource) {
    this.#source = source
  }

  get files(): number {
    return this.#files.size
  }

  begin(): ExportLine {
    return { type: 'parley-export', version: formatVersion, madeAt: this.#source.now, parley: this.#source.version }
  }

  /** Nothing: there is no such conversation. */
  async* conversation(id: string): AsyncGenerator<ExportLine> {
    const { store } = this.#source
    const found = await store.conversationForAdmin(id)
    const head = (await store.headsOf([id])).get(id)
    if (found === undefined || head === undefined) return
    const present = await store.membersOf(id)
    const changes: MemberEvent[] = []
    const people = new Set(present)
    for await (const event of readLog(store, id, head)) {
      people.add(event.sender)
      if (event.kind === 'member') changes.push(event)
      if (event.kind === 'member') people.add(event.user)
    }
    yield* this.#people(people)
    const members = await this.#positions(id)
    const founders = foundersOf(present, await store.owners(id), changes)
    if (founders.length === 0) return
    yield { type: 'conversation', id, kind: found.kind, title: found.title, createdAt: found.createdAt, founders, members }
    for await (const event of readLog(store, id, head)) yield* this.#event(id, event)
  }

  async #positions(conversation: string): Promise<{ user: string, readSeq: number }[]> {
    const positions: { user: string, readSeq: number }[] = []
    for (let after: string | undefined; ;) {
      const page = await this.#source.store.memberPage(conversation, after, pageSize)
      positions.push(...page.map(({ user, readSeq }) => ({ user: user.id, readSeq })))
      if (page.length < pageSize) return positions
      after = page.at(-1)?.user.id
    }
  }

  async* #people(ids: ReadonlySet<string>): AsyncGenerator<ExportLine> {
    for (const user of await this.#source.store.usersById([...ids].filter(id => !this.#users.has(id)))) {
      this.#users.add(user.id)
      const record = await this.#source.store.userById(user.id)
      yield { type: 'user', id: user.id, username: user.username, displayName: user.displayName, createdAt: record?.createdAt ?? this.#source.now, ...(user.deleted ? { deleted: true } : {}) }
    }
  }

  async* #event(conversation: string, event: LogEvent): AsyncGenerator<ExportLine> {
    const { files } = this.#source
    const content = 'content' in event ? event.content : undefined
    if (files !== undefined && content !== undefined && 'attachment' in content && !this.#files.has(content.attachment.id)) {
      this.#files.add(content.attachment.id)
      yield* fileLines(files, content.attachment, event.sender, event.at)
    }
    if (event.kind === 'message') this.messages++
    yield { type: 'event', conversation, event }
  }
}
