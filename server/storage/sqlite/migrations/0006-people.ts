import { sql, type Kysely } from 'kysely'

const people = [
  // `status` is JSON. `closing` says what is still to be done for an account that has ended: 'keep' or 'erase' its messages.
  sql`alter table users add column status text`,
  sql`alter table users add column hides_reads integer not null default 0`,
  sql`alter table users add column hides_presence integer not null default 0`,
  sql`alter table users add column deleted_at integer`,
  sql`alter table users add column closing text`,
  sql`create index users_closing on users (num) where closing is not null`,
  // `id` is the hash of the bytes, `file` where they lie: the same picture can be stored again while the old file is being erased.
  sql`create table avatars (
    id text primary key, file text not null, mime text not null, size integer not null, at integer not null) strict, without rowid`,
  sql`create index users_by_avatar on users (avatar) where avatar is not null`,
  sql`create index conversations_by_avatar on conversations (avatar) where avatar is not null`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of people) await statement.execute(db)
}
