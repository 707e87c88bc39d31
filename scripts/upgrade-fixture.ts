import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gzipSync } from 'node:zlib'
import type { LogChange } from '#parley/server/chat/ports.ts'
import { openSqliteStore, type SqliteStore } from '#parley/server/storage/sqlite/sqlite-store.ts'

/**
 * Makes a small database with a bit of everything, as this version writes it, for tests/contract/upgrade.test.ts:
 *
 *     node scripts/upgrade-fixture.ts tests/contract/fixtures
 *
 * To be run before each new migration lands. It asks what the store can do, so that it also runs in a check-out of an earlier version.
 */

const cid = (n: number): string => `0192f1a0-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
const text = (value: string) => ({ type: 'text', text: value }) as const

async function fill(store: SqliteStore, level: number): Promise<void> {
  let count = 0
  const append = async (conversation: string, actor: string, change: LogChange) => {
    count++
    const result = await store.append({ conversation, actor, cid: cid(count), at: 1_700_000_000_000 + count, change })
    if (!result.ok) throw new Error(`${change.kind}: ${result.code} ${result.message}`)
  }
  for (const [id, name] of [['u-ann', 'ann'], ['u-ben', 'ben'], ['u-wang', '王芳']] as const) {
    await store.createUser({ id, username: name, usernameKey: name, displayName: name, passwordHash: `hash of ${name}`, at: 1, mayBeFirst: true })
  }
  await store.createLogin({ id: 'login-ann', user: 'u-ann', userAgent: 'browser', address: '192.0.2.1', createdAt: 1, lastSeenAt: 1, expiresAt: 4e12 })
  await store.createApiToken({ id: 'token-ben', user: 'u-ben', name: 'bot', hash: 'hash of a token', createdAt: 1 })
  await store.createConversation({ id: 'room', kind: 'group', title: 'The room', members: ['u-ann', 'u-ben'], at: 2 })
  await store.createConversation({ id: 'two', kind: 'direct', title: '', members: ['u-ben', 'u-wang'], at: 3 })
  await append('room', 'u-ann', { kind: 'message', content: text('the first message') })
  await append('room', 'u-ben', { kind: 'message', content: text('会议改到明天上午十点 @ann') })
  await append('room', 'u-ann', { kind: 'message', content: text('a slip') })
  await append('room', 'u-ann', { kind: 'edit', target: 1, content: text('the first message, mended') })
  await append('room', 'u-ann', { kind: 'delete', target: 3 })
  await append('room', 'u-ben', { kind: 'reaction', target: 1, emoji: '👍', on: true })
  await append('room', 'u-ann', { kind: 'member', user: 'u-wang', change: 'join' })
  await append('room', 'u-wang', { kind: 'message', content: text('an answer'), replyTo: 2 })
  await append('room', 'u-ann', { kind: 'meta', topic: 'What it is about' })
  await append('two', 'u-wang', { kind: 'message', content: text('between the two of us') })
  await store.raisePositions('room', 'u-ben', { readSeq: 4, deliveredSeq: 9 })
  if (level >= 3) {
    const attachment = { id: 'file-1', name: 'plan.png', mime: 'image/png', size: 1234, width: 40, height: 30 }
    await store.addAttachment({ attachment, uploader: 'u-ann', at: 5, expiresAt: 4e12 })
    await append('room', 'u-ann', { kind: 'message', content: { type: 'image', attachment, text: 'the plan' } })
  }
  if (level >= 4) await append('room', 'u-ann', { kind: 'meta', public: true })
  if (level >= 6) await store.saveProfile('u-ben', { status: { text: 'away' } })
  if (level >= 8) await append('room', 'u-ann', { kind: 'meta', pin: { seq: 1, on: true } })
  await store.catchUpIndex()
}

const folder = mkdtempSync(join(tmpdir(), 'parley-fixture-'))
const path = join(folder, 'parley.db')
const store = await openSqliteStore({ path })
const level = (): string => {
  const database = new DatabaseSync(path)
  const names = database.prepare('select name from kysely_migration order by name').all().map(row => String(row['name']))
  database.close()
  return names.at(-1) ?? ''
}
await fill(store, Number(level().slice(0, 4)))
await store.close()
const database = new DatabaseSync(path)
database.exec('pragma journal_mode = delete')
database.exec('vacuum')
database.close()
const target = join(process.argv[2] ?? '.', `${level()}.db.gz`)
writeFileSync(target, gzipSync(readFileSync(path), { level: 9 }))
rmSync(folder, { recursive: true })
console.log(target)
