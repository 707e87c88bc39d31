import { sql, type Kysely } from 'kysely'

const webhooks = [
  // The author of what a hook posts: an account that nobody can log in to (it is disabled) and that stays when the hook is gone.
  sql`alter table users add column bot integer not null default 0`,
  // Incoming ones have the hash of their token, outgoing ones the rest. `events` and `commands` are JSON; everything up to `cursor` has been
  // delivered or given up. No foreign key to the conversation: hooks end with it.
  sql`create table hooks (
    num integer primary key, id text not null unique, conversation integer not null, bot integer not null references users,
    creator integer not null references users, created_at integer not null, last_used_at integer, hash text unique,
    url text, secret text, events text, commands text, cursor integer not null default 0, paused_at integer, fault text) strict`,
  sql`create index hooks_by_conversation on hooks (conversation)`,
  // Events that could not be delivered; their content is in the log and nowhere else, so what is deleted there is gone here (O5).
  sql`create table hook_failures (
    hook integer not null references hooks on delete cascade, seq integer not null, at integer not null, attempts integer not null,
    error text not null, primary key (hook, seq)) strict, without rowid`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of webhooks) await statement.execute(db)
}
