import { sql, type Kysely } from 'kysely'

const invites = [
  // `hash` instead of the token, which is in the link and nowhere else. Without a conversation it only lets someone register.
  sql`create table invites (
    num integer primary key, id text not null unique, hash text not null unique, conversation integer references conversations,
    creator integer not null references users, registers integer not null, created_at integer not null,
    expires_at integer, max_uses integer, uses integer not null default 0) strict`,
  sql`create index invites_by_conversation on invites (conversation)`,
  // Who used which: registering and then joining with one invite is one use. `joined` = 0 while the second half is still to come.
  sql`create table invite_uses (
    invite integer not null references invites on delete cascade, user integer not null references users, joined integer not null,
    primary key (invite, user)) strict, without rowid`,
  // May be found and joined by anyone who has an account.
  sql`alter table conversations add column public integer not null default 0`,
  sql`create index conversations_public on conversations (num) where public = 1`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of invites) await statement.execute(db)
}
