import type { Attachment, Content } from '#parley/shared/model.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { conversationOf } from '#parley/server/storage/sqlite/keys.ts'

/** Which messages hold which files. Each function runs inside a transaction and costs a message without a file nothing. */

export type AttachmentRow = { num: number, id: string, name: string, mime: string, size: number, width: number | null, height: number | null }

export function attachmentOfRow({ id, name, mime, size, width, height }: AttachmentRow): Attachment {
  return { id, name, mime, size, ...(width === null ? {} : { width }), ...(height === null ? {} : { height }) }
}

const idOf = (content: Content | undefined): string | undefined => content !== undefined && 'attachment' in content ? content.attachment.id : undefined

/** The file that a content names, when this user uploaded it or may read it. */
export function attachmentFact(database: SqliteDatabase, user: number, content: Content): Attachment | undefined {
  const id = idOf(content)
  if (id === undefined) return undefined
  const row = database.get<AttachmentRow>(`
    select num, id, name, mime, size, width, height from attachments a where id = ? and (uploader = ? or exists (
      select 1 from attachment_uses u join members m on m.conversation = u.conversation and m.user = ? where u.attachment = a.num))`, id, user, user)
  return row && attachmentOfRow(row)
}

/** A message holds the file of its content from now on. */
export function holdAttachment(database: SqliteDatabase, message: number, content: Content): void {
  const id = idOf(content)
  if (id === undefined) return
  database.run('insert or ignore into attachment_uses (attachment, message, conversation) select num, ?, ? from attachments where id = ?', message, conversationOf(message), id)
  database.run('update attachments set expires_at = null where id = ?', id)
}

/** A message was deleted: the files that no other one holds are to be erased (O5). */
export function releaseAttachments(database: SqliteDatabase, message: number): void {
  const held = database.all<{ attachment: number }>('select attachment from attachment_uses where message = ?', message)
  if (held.length === 0) return
  database.run('delete from attachment_uses where message = ?', message)
  for (const { attachment } of held) {
    if (database.get('select 1 from attachment_uses where attachment = ? limit 1', attachment)) continue
    database.run('insert or ignore into erasable_files (id) select id from attachments where num = ?', attachment)
    database.run('delete from attachments where num = ?', attachment)
  }
}
