import { sql, type Kysely } from 'kysely'

const logIns = [
  sql`alter table users add column guest integer not null default 0`,
  sql`create index users_guests on users (num) where guest = 1`,
  // Words with a space between; null = whatever its user may.
  sql`alter table api_tokens add column scopes text`,
  sql`create table identities (
    issuer text not null, subject text not null, user integer not null references users, at integer not null,
    primary key (issuer, subject)) strict, without rowid`,
  sql`create index identities_by_user on identities (user)`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of logIns) await statement.execute(db)
}
