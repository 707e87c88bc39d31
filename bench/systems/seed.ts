import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cidOf } from '#parley/bench/load/cids.ts'
import { textAt } from '#parley/bench/load/texts.ts'
import { apiTokenHash } from '#parley/server/auth/api-tokens.ts'
import { createStore } from '#parley/server/storage/create-store.ts'

/**
 * Fills a new data folder through the store's own functions before the server starts, since ten thousand registrations would hash
 * passwords for minutes. Every user gets an API token as the settings page would make it; the bench then gets tickets with it like any
 * bot. A process of its own, so that it can be run with the sources of another commit.
 */
const { values } = parseArgs({ options: { data: { type: 'string' }, users: { type: 'string' }, room: { type: 'string' }, missed: { type: 'string', default: '0' }, stored: { type: 'string', default: '0' }, directs: { type: 'string', default: '0' } } })
const [users, roomSize] = [Number(values.users), Number(values.room)]
const dataDir = values.data ?? ''
const at = Date.now()
const store = await createStore({ databaseUrl: '', dataDir })

/** Runs many writes with a bounded number under way. */
async function inParts(count: number, part: number, write: (index: number) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < count; start += part) await Promise.all(Array.from({ length: Math.min(part, count - start) }, (_, index) => write(start + index)))
}

const ids = Array.from({ length: users }, () => randomUUID())
const tokens = ids.map(() => `parley_${randomBytes(32).toString('base64url')}`)
// No one logs in with it: the value is no hash of anything.
const passwordHash = createHash('sha256').update(randomBytes(32)).digest('base64url')
await inParts(users, 500, async (index) => {
  const username = `bench-${String(index).padStart(6, '0')}`
  await store.createUser({ id: ids[index]!, username, usernameKey: username, displayName: username, passwordHash, at, mayBeFirst: true })
  // Used a moment ago, as the token of a client that reconnects.
  await store.createApiToken({ id: randomUUID(), user: ids[index]!, name: 'bench', createdAt: at, lastUsedAt: at, hash: apiTokenHash(tokens[index]!) })
})

const rooms: { id: string, size: number }[] = []
await inParts(Math.ceil(users / roomSize), 50, async (index) => {
  const members = ids.slice(index * roomSize, (index + 1) * roomSize)
  const { id } = await store.createConversation({ id: randomUUID(), kind: 'group', title: `Room ${index}`, members, at })
  rooms[index] = { id, size: members.length }
})

/** Message `index` of the whole database; the rare word stands in ten messages, however many there are. */
const textOf = (index: number): string => (index < 1_000 && index % 100 === 50 ? `${textAt(index).slice(0, 108)} zyzzyva` : textAt(index))

async function fill(count: number): Promise<void> {
  await inParts(count, 4_000, (index) => {
    const room = index % rooms.length
    const actor = ids[room * roomSize + Math.floor(index / rooms.length) % rooms[room]!.size]!
    return store.append({ conversation: rooms[room]!.id, actor, cid: cidOf(index, at - 1_000_000), change: { kind: 'message', content: { type: 'text', text: textOf(index) } }, at })
  })
}
await fill(Math.max(Number(values.missed) * rooms.length, Number(values.stored)))

/** Everybody with their neighbours on both sides; each of the two has said something. */
await inParts(users * Number(values.directs) / 2, 500, async (index) => {
  const one = index % users
  const members = [ids[one]!, ids[(one + 1 + Math.floor(index / users)) % users]!]
  const { id } = await store.createConversation({ id: randomUUID(), kind: 'direct', title: '', members, at })
  for (const [place, actor] of members.entries()) await store.append({ conversation: id, actor, cid: randomUUID(), change: { kind: 'message', content: { type: 'text', text: textAt(index + place) } }, at: at - 60_000 * (index % 10_000) })
})
// A search brings the index up to date; else the server would do it while it is measured.
await store.search({ user: ids[0]!, query: 'zyzzyva', limit: 1 })
await store.close()

const peers = tokens.map((token, index) => ({ token, room: Math.floor(index / roomSize) }))
writeFileSync(join(dataDir, 'bench-world.json'), JSON.stringify({ rooms, peers }))
