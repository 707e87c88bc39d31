import { foldText } from '#parley/shared/fold.ts'
import type { HookCommand, HookEvent } from '#parley/shared/hooks.ts'
import { botKey, botUsername } from '#parley/server/chat/hook-port.ts'
import type { HookChange, HookFailure, HookProgress, HookRecord, HookStore, NewHook } from '#parley/server/chat/hook-port.ts'
import { writeAudit } from '#parley/server/storage/sqlite/audit-rows.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { userColumns, userOfRow, type UserRow } from '#parley/server/storage/sqlite/member-rows.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'

type HookRow = UserRow & {
  hook: string
  conversation: string
  creator: string
  created_at: number
  last_used_at: number | null
  url: string | null
  secret: string | null
  events: string | null
  commands: string | null
  cursor: number
  paused_at: number | null
  fault: string | null
  failures: number
}

const records = `
  select h.id as hook, c.id as conversation, o.id as creator, h.created_at, h.last_used_at, h.url, h.secret, h.events, h.commands, h.cursor, h.paused_at,
      h.fault, (select count(*) from hook_failures f where f.hook = h.num) as failures, ${userColumns}
    from hooks h join conversations c on c.num = h.conversation join users u on u.num = h.bot join users o on o.num = h.creator`
const conversationNum = '(select num from conversations where id = ?)'

function recordOf(row: HookRow): HookRecord {
  const { hook: id, conversation, creator, created_at: createdAt, last_used_at, url, secret, cursor, paused_at, fault, failures } = row
  const outgoing = url === null || secret === null
    ? undefined
    : {
        url, secret, cursor,
        // Written from values that had been validated.
        events: JSON.parse(row.events ?? '[]') as HookEvent[],
        commands: JSON.parse(row.commands ?? '[]') as HookCommand[],
        ...(paused_at === null ? {} : { pausedAt: paused_at }),
        ...(fault === null ? {} : { fault }),
      }
  return { id, conversation, bot: userOfRow(row), creator, createdAt, failures, ...(last_used_at === null ? {} : { lastUsedAt: last_used_at }), ...(outgoing ? { outgoing } : {}) }
}

const one = (database: SqliteDatabase, where: string, value: string): HookRecord | undefined => {
  const row = database.get<HookRow>(`${records} where ${where}`, value)
  return row && recordOf(row)
}

const ownOf = (database: SqliteDatabase, conversation: string): HookRecord[] =>
  database.all<HookRow>(`${records} where h.conversation = ${conversationNum} order by h.num`, conversation).map(recordOf)

const isStored = (database: SqliteDatabase, avatar: string): boolean => database.get('select 1 from avatars where id = ?', avatar) !== undefined

const areTaken = (others: HookRecord[], commands: readonly HookCommand[] = []): boolean =>
  commands.some(({ name }) => others.some(other => other.outgoing?.commands.some(own => own.name === name)))

function create(database: SqliteDatabase, { id, conversation, bot, creator, createdAt, hash, outgoing }: NewHook, most: number): HookRecord | 'taken' | undefined {
  const place = database.get<{ num: number, head: number }>('select num, head from conversations where id = ? and kind <> \'direct\' and closed = 0', conversation)
  if (!place || (bot.avatar !== undefined && !isStored(database, bot.avatar))) return undefined
  const others = ownOf(database, conversation)
  if (others.length >= most) return undefined
  if (areTaken(others, outgoing?.commands)) return 'taken'
  const { lastInsertRowid } = database.run(`
    insert into users (id, username, username_key, display_name, display_key, avatar, role, password_hash, disabled, created_at, bot)
      values (?, ?, ?, ?, ?, ?, 'member', '', 1, ?, 1)`, bot.id, botUsername, botKey(bot.id), bot.name, foldText(bot.name), bot.avatar ?? null, createdAt)
  database.run(`
    insert into hooks (id, conversation, bot, creator, created_at, hash, url, secret, events, commands, cursor)
      values (?, ?, ?, (select num from users where id = ?), ?, ?, ?, ?, ?, ?, ?)`,
  id, place.num, lastInsertRowid, creator, createdAt, hash ?? null, outgoing?.url ?? null, outgoing?.secret ?? null,
  outgoing ? JSON.stringify(outgoing.events) : null, outgoing ? JSON.stringify(outgoing.commands) : null, place.head)
  return one(database, 'h.id = ?', id)
}

function change(database: SqliteDatabase, conversation: string, id: string, { name, avatar, outgoing = {} }: HookChange): HookRecord | 'taken' | undefined {
  const all = ownOf(database, conversation)
  const hook = all.find(own => own.id === id)
  if (!hook || (avatar && !isStored(database, avatar))) return undefined
  if (areTaken(all.filter(other => other !== hook), outgoing.commands)) return 'taken'
  if (name !== undefined) database.run('update users set display_name = ?, display_key = ? where id = ?', name, foldText(name), hook.bot.id)
  if (avatar !== undefined) database.run('update users set avatar = ? where id = ?', avatar, hook.bot.id)
  if (hook.outgoing) {
    const { url, events, commands, fault } = { ...hook.outgoing, ...outgoing }
    database.run('update hooks set url = ?, events = ?, commands = ?, fault = ? where id = ?',
      url, JSON.stringify(events), JSON.stringify(commands), url === hook.outgoing.url ? fault ?? null : null, id)
  }
  return one(database, 'h.id = ?', id)
}

function save(database: SqliteDatabase, id: string, { cursor, lastUsedAt, fault, pausedAt, failure }: HookProgress): void {
  const num = database.get<{ num: number }>('select num from hooks where id = ?', id)?.num
  if (num === undefined) return
  if (cursor !== undefined) database.run('update hooks set cursor = max(cursor, ?) where num = ?', cursor, num)
  if (lastUsedAt !== undefined) database.run('update hooks set last_used_at = ? where num = ?', lastUsedAt, num)
  if (fault !== undefined) database.run('update hooks set fault = ? where num = ?', fault, num)
  if (pausedAt !== undefined) database.run('update hooks set paused_at = ? where num = ?', pausedAt, num)
  if (failure) database.run('insert or replace into hook_failures (hook, seq, at, attempts, error) values (?, ?, ?, ?, ?)', num, failure.seq, failure.at, failure.attempts, failure.error)
}

export function createSqliteHooks(database: SqliteDatabase, writes: WriteQueue): HookStore {
  return {
    createHook: (hook, most, audit) => writes.run(() => {
      const made = create(database, hook, most)
      if (audit && typeof made === 'object') writeAudit(database, audit)
      return made
    }),
    changeHook: (conversation, id, wanted, audit) => writes.run(() => {
      const changed = change(database, conversation, id, wanted)
      if (audit && typeof changed === 'object') writeAudit(database, audit)
      return changed
    }),
    hooksOf: async conversation => database.read(() => ownOf(database, conversation)),
    hookByHash: async hash => database.read(() => one(database, 'h.hash = ?', hash)),
    outgoingHooks: async () => database.read(() => database.all<HookRow>(`${records} where h.url is not null and h.paused_at is null order by h.num`).map(recordOf)),
    hook: async id => database.read(() => one(database, 'h.id = ?', id)),
    saveHookProgress: (id, progress) => writes.run(() => save(database, id, progress)),
    hookFailures: async id => database.read(() => database.all<{ [field in keyof HookFailure]: HookFailure[field] }>(`
      select seq, at, attempts, error from hook_failures where hook = (select num from hooks where id = ?) order by seq`, id)
      .map(({ seq, at, attempts, error }) => ({ seq, at, attempts, error }))),
    forgetHookFailure: (id, seq) => writes.run(() => void database.run('delete from hook_failures where hook = (select num from hooks where id = ?) and seq = ?', id, seq)),
    removeHook: (conversation, id, audit) => writes.run(() => {
      const { changes } = database.run(`delete from hooks where id = ? and conversation = ${conversationNum}`, id, conversation)
      if (changes > 0 && audit) writeAudit(database, audit)
      return changes > 0
    }),
  }
}
