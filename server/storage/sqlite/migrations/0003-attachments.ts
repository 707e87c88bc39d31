import { sql, type Kysely } from 'kysely'

const attachments = [
  // `expires_at` only while no message holds the file; `upload_key` makes a repeated upload the same one.
  sql`create table attachments (
    num integer primary key, id text not null unique, uploader integer not null references users, upload_key text,
    name text not null, mime text not null, size integer not null, width integer, height integer,
    at integer not null, expires_at integer) strict`,
  sql`create unique index attachments_by_key on attachments (uploader, upload_key)`,
  sql`create index attachments_by_size on attachments (uploader, size)`,
  sql`create index attachments_by_expiry on attachments (expires_at) where expires_at is not null`,
  // `conversation` is that of the message's key: who may read a file is asked by it.
  sql`create table attachment_uses (
    attachment integer not null, message integer not null, conversation integer not null, primary key (attachment, message)) strict, without rowid`,
  sql`create index attachment_uses_by_message on attachment_uses (message)`,
  // Files whose bytes are to be erased: written with the deletion of their last message, emptied when they are gone.
  sql`create table erasable_files (id text primary key) strict, without rowid`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of attachments) await statement.execute(db)
}
