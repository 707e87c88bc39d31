import type { Attachment } from '#parley/shared/model.ts'
import { deletedName, deletedUsername } from '#parley/server/chat/people-port.ts'
import type { Closing, ClosingResult, OwnMessage, OwnPage, PeopleStore } from '#parley/server/chat/people-port.ts'
import { retiredName } from '#parley/server/storage/retired-name.ts'
import { attachmentOfRow, type AttachmentRow } from '#parley/server/storage/sqlite/attachment-rows.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { seqOf } from '#parley/server/storage/sqlite/keys.ts'
import { userColumns, userOfRow, type UserRow } from '#parley/server/storage/sqlite/member-rows.ts'
import { releaseAvatar } from '#parley/server/storage/sqlite/profiles.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'

type ClosingStore = Pick<PeopleStore, 'messagesOf' | 'filesOf' | 'closeAccount' | 'closings' | 'finishClosing'>

/** Messages looked at for a page: those of one person have no index, which every append would pay for, and a long look would keep other readers waiting. */
const lookedAt = 20_000

type MessageRow = { key: number, conversation: string, at: number, body: string, edited_body: string | null, edited_at: number | null, deleted_at: number | null }

function messageOfRow({ key, conversation, at, body, edited_body, edited_at, deleted_at }: MessageRow): OwnMessage {
  const { replyTo } = JSON.parse(body) as Pick<OwnMessage, 'replyTo'>
  const { content } = JSON.parse(edited_body ?? body) as Pick<OwnMessage, 'content'>
  return {
    conversation, seq: seqOf(key), at,
    ...(content === undefined || deleted_at !== null ? {} : { content }),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(edited_at === null || deleted_at !== null ? {} : { editedAt: edited_at }),
    ...(deleted_at === null ? {} : { deletedAt: deleted_at }),
  }
}

function messagesOf(database: SqliteDatabase, user: string, after: string | undefined, limit: number): OwnPage<OwnMessage> {
  const from = Number(after ?? -1)
  const looked = database.get<{ last: number | null, count: number }>(
    'select max(key) as last, count(*) as count from (select key from messages where key > ? order by key limit ?)', from, lookedAt)
  if (!looked || looked.last === null) return { items: [] }
  const rows = database.all<MessageRow>(`
    select m.key, c.id as conversation, m.at, m.body, m.edited_body, m.edited_at, m.deleted_at from messages m join conversations c on c.num = m.key >> 30
      where m.key > ? and m.key <= ? and m.sender = (select num from users where id = ?) order by m.key limit ?`, from, looked.last, user, limit)
  const next = rows.length === limit ? rows.at(-1)!.key : looked.count === lookedAt ? looked.last : undefined
  return { items: rows.map(messageOfRow), ...(next === undefined ? {} : { next: String(next) }) }
}

function filesOf(database: SqliteDatabase, user: string, after: string | undefined, limit: number): OwnPage<Attachment & { at: number }> {
  const rows = database.all<AttachmentRow & { at: number }>(`
    select num, id, name, mime, size, width, height, at from attachments
      where uploader = (select num from users where id = ?) and num > ? order by num limit ?`, user, Number(after ?? -1), limit)
  const next = rows.length === limit ? rows.at(-1)!.num : undefined
  return { items: rows.map(row => ({ ...attachmentOfRow(row), at: row.at })), ...(next === undefined ? {} : { next: String(next) }) }
}

type OwnRow = { num: number, username_key: string, role: string, avatar: string | null }

/** Whether the server keeps an admin without this user; makes the successor one. */
function handOver(database: SqliteDatabase, { num, role }: OwnRow, successor: string | undefined): boolean {
  const named = successor !== undefined
    && database.run('update users set role = \'admin\' where id = ? and num <> ? and disabled = 0 and deleted_at is null', successor, num).changes > 0
  if (role !== 'admin' || named) return true
  return database.get('select 1 from users where role = \'admin\' and disabled = 0 and num <> ?', num) !== undefined
}

function closeAccount(database: SqliteDatabase, user: string, { at, erase, successor }: { at: number, erase: boolean, successor?: string }): ClosingResult {
  const own = database.get<OwnRow>('select num, username_key, role, avatar from users where id = ? and deleted_at is null', user)
  if (!own) return { ok: false, code: 'not_found' }
  if (!handOver(database, own, successor)) return { ok: false, code: 'last_admin' }
  for (const table of ['push_subscriptions', 'notification_settings', 'logins', 'api_tokens', 'identities', 'passkeys', 'totp', 'recovery_codes']) database.run(`delete from ${table} where user = ?`, own.num)
  database.run('delete from blocks where user = ? or blocked = ?', own.num, own.num)
  database.run(`
    update users set username = ?, username_key = ?, display_name = ?, display_key = '', avatar = null, status = null, role = 'member', password_hash = '',
        disabled = 1, last_seen = null, hides_reads = 0, hides_presence = 0, guest = 0, deleted_at = ?, closing = ? where num = ?`,
  deletedUsername, retiredName(own.username_key), deletedName, at, erase ? 'erase' : 'keep', own.num)
  releaseAvatar(database, own.avatar)
  const row = database.get<UserRow>(`select ${userColumns} from users u where u.num = ?`, own.num)!
  return { ok: true, user: userOfRow(row) }
}

export function createSqliteClosings(database: SqliteDatabase, writes: WriteQueue): ClosingStore {
  return {
    messagesOf: async (user, after, limit) => database.snapshot(() => messagesOf(database, user, after, limit)),
    filesOf: async (user, after, limit) => database.read(() => filesOf(database, user, after, limit)),
    closeAccount: (user, how) => writes.run(() => closeAccount(database, user, how)),
    closings: async () => database.read(() => database.all<{ id: string, closing: string }>('select id, closing from users where closing is not null')
      .map(({ id, closing }): Closing => ({ user: id, erase: closing === 'erase' }))),
    async finishClosing(user) {
      await writes.run(() => database.run('update users set closing = null where id = ?', user))
    },
  }
}
