import { sql, type Kysely } from 'kysely'

const reading = [
  // `place` is the seq of the event that pinned it.
  sql`create table pins (
    conversation integer not null, message integer not null, user integer not null, at integer not null, place integer not null,
    primary key (conversation, message)) strict, without rowid`,
  // When positions of members moved. The seq comes before the user in the key: positions of a room move near its head, so what a commit
  // brings stands on one page, where a row per member would touch a page for each.
  sql`create table receipt_times (
    conversation integer not null, kind integer not null, seq integer not null, user integer not null, at integer not null,
    primary key (conversation, kind, seq, user)) strict, without rowid`,
  // Who joined later has read what is above only by the rule that it is not unread.
  sql`alter table members add column joined_seq integer not null default 0`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of reading) await statement.execute(db)
}
