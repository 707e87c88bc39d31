import type { AddedAttachment, AttachmentStore, NewAttachment } from '#parley/server/chat/attachment-port.ts'
import { attachmentOfRow, type AttachmentRow } from '#parley/server/storage/sqlite/attachment-rows.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'

const fields = 'num, id, name, mime, size, width, height'
const userNum = '(select num from users where id = ?)'

const readOfKey = (database: SqliteDatabase, uploader: string, key: string): AttachmentRow | undefined =>
  database.get<AttachmentRow>(`select ${fields} from attachments where uploader = ${userNum} and upload_key = ?`, uploader, key)

const readBytes = (database: SqliteDatabase, user: string): number =>
  database.get<{ bytes: number | null }>(`select sum(size) as bytes from attachments where uploader = ${userNum}`, user)?.bytes ?? 0

function add(database: SqliteDatabase, { attachment, uploader, key, at, expiresAt, quota }: NewAttachment): AddedAttachment {
  const known = key === undefined ? undefined : readOfKey(database, uploader, key)
  if (known) return { ok: true, attachment: attachmentOfRow(known), duplicate: true }
  if (quota !== undefined && readBytes(database, uploader) + attachment.size > quota) return { ok: false, code: 'quota_exceeded' }
  const { id, name, mime, size, width = null, height = null } = attachment
  database.run(`
    insert into attachments (id, uploader, upload_key, name, mime, size, width, height, at, expires_at) values (?, ${userNum}, ?, ?, ?, ?, ?, ?, ?, ?)`,
  id, uploader, key ?? null, name, mime, size, width, height, at, expiresAt)
  return { ok: true, attachment, duplicate: false }
}

function filesToErase(database: SqliteDatabase, now: number, limit: number): string[] {
  const late = database.all<{ num: number, id: string }>('select num, id from attachments where expires_at <= ? limit ?', now, limit)
  for (const { num, id } of late) {
    database.run('insert or ignore into erasable_files (id) values (?)', id)
    database.run('delete from attachments where num = ?', num)
  }
  return database.all<{ id: string }>('select id from erasable_files limit ?', limit).map(({ id }) => id)
}

export function createSqliteAttachments(database: SqliteDatabase, writes: WriteQueue): AttachmentStore {
  return {
    addAttachment: request => writes.run(() => add(database, request)),
    attachmentOfKey: async (uploader, key) => database.read(() => {
      const row = readOfKey(database, uploader, key)
      return row && attachmentOfRow(row)
    }),
    attachmentFor: async (user, id) => database.read(() => {
      const row = database.get<AttachmentRow>(`
        select ${fields} from attachments a where id = ? and (
          exists (select 1 from attachment_uses u join members m on m.conversation = u.conversation and m.user = ${userNum} where u.attachment = a.num)
          or (uploader = ${userNum} and not exists (select 1 from attachment_uses where attachment = a.num)))`, id, user, user)
      return row && attachmentOfRow(row)
    }),
    storedBytes: async user => database.read(() => readBytes(database, user)),
    filesToErase: (now, limit) => writes.run(() => filesToErase(database, now, limit)),
    async forgetErased(ids) {
      await writes.run(() => {
        for (const id of ids) database.run('delete from erasable_files where id = ?', id)
      })
    },
  }
}
