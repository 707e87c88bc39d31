import { Zip, ZipDeflate } from 'fflate'
import type { Account, ConversationSummary, UserSummary } from '#parley/shared/model.ts'
import type { OwnPage, PeopleStore } from '#parley/server/chat/people-port.ts'

/** What goes into the file that people take away; every part is read when it is its turn. */
export interface ExportSource {
  account: Account & { createdAt?: number }
  at: number
  store: Pick<PeopleStore, 'messagesOf' | 'filesOf' | 'blockedBy'>
  conversations(): Promise<ConversationSummary[]>
}

const pageSize = 500

const named = ({ id, username, displayName }: UserSummary) => ({ id, username, displayName })

/** A list as JSON Lines, a page at a time. */
async function* lines<T>(read: (after: string | undefined) => Promise<OwnPage<T>>): AsyncGenerator<string> {
  let after: string | undefined
  do {
    const page = await read(after)
    if (page.items.length > 0) yield page.items.map(item => `${JSON.stringify(item)}\n`).join('')
    after = page.next
  } while (after !== undefined)
}

async function* document(make: () => unknown): AsyncGenerator<string> {
  yield `${JSON.stringify(await make(), undefined, 2)}\n`
}

function partsOf({ account, at, store, conversations }: ExportSource): [name: string, text: AsyncGenerator<string>][] {
  const { id } = account
  return [
    ['profile.json', document(async () => ({ exportedAt: at, ...account, blocked: (await store.blockedBy(id)).map(named) }))],
    ['conversations.json', document(async () => (await conversations()).map(({ id, kind, title, topic, role, memberCount, createdAt, members }) => ({
      id, kind, title, ...(topic === undefined ? {} : { topic }), role, memberCount, createdAt, members: members.map(member => named(member.user)),
    })))],
    ['messages.jsonl', lines(after => store.messagesOf(id, after, pageSize))],
    ['files.jsonl', lines(after => store.filesOf(id, after, pageSize))],
  ]
}

/** A zip of everything that is somebody's own, made while it is read: nothing of it is ever held whole. */
export async function* exportArchive(source: ExportSource): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  let ready: Uint8Array[] = []
  let failure: Error | null = null
  const zip = new Zip((error, chunk) => {
    if (error) failure = error
    else ready.push(chunk)
  })
  function* taken(): Generator<Uint8Array> {
    if (failure) throw failure
    const chunks = ready
    ready = []
    yield* chunks
  }
  for (const [name, text] of partsOf(source)) {
    const file = new ZipDeflate(name, { level: 6 })
    file.mtime = source.at
    zip.add(file)
    for await (const piece of text) {
      file.push(encoder.encode(piece))
      yield* taken()
    }
    file.push(new Uint8Array(0), true)
    yield* taken()
  }
  zip.end()
  yield* taken()
}
