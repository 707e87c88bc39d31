import { sql, type Kysely } from 'kysely'

const administration = [
  // What admins have set while the server ran, as JSON; what is absent has its default.
  sql`create table server_settings (name text primary key, value text not null) strict, without rowid`,
  // Ids and not row numbers: a line must tell the same for ever. Nothing changes or removes one, not even by mistake.
  sql`create table audit_log (
    num integer primary key autoincrement, at integer not null, actor text, act text not null, target text, name text, detail text, address text not null) strict`,
  sql`create index audit_by_act on audit_log (act, num)`,
  sql`create index audit_by_actor on audit_log (actor, num)`,
  sql`create index audit_by_target on audit_log (target, num)`,
  sql`create trigger audit_log_is_kept before delete on audit_log begin select raise(abort, 'the audit log is append-only'); end`,
  sql`create trigger audit_log_stands before update on audit_log begin select raise(abort, 'the audit log is append-only'); end`,
  // One link per user; of its token only a hash.
  sql`create table password_resets (
    user integer primary key references users, hash text not null unique, created_at integer not null, expires_at integer not null) strict`,
  // A conversation that was deleted for good keeps its row, so that its number is never used again: keys of the log are made of it.
  sql`alter table conversations add column deleted_at integer`,
  sql`create index conversations_deleted on conversations (num) where deleted_at is not null`,
]

const moderation = [
  // `copy` is the content as it was; emptied some time after the report is closed.
  sql`create table reports (
    num integer primary key, id text not null unique, conversation integer not null references conversations, message integer not null,
    author integer not null, message_at integer not null, copy text, reporter integer not null, reason text not null, note text,
    at integer not null, state text not null default 'open', closed_at integer, closed_by integer) strict`,
  sql`create unique index reports_open on reports (message, reporter) where state = 'open'`,
  sql`create index reports_by_message on reports (message, reporter)`,
  sql`create index reports_by_state on reports (state, num)`,
  sql`create index reports_closed on reports (closed_at) where copy is not null and closed_at is not null`,
  sql`create table bans (
    conversation integer not null references conversations, user integer not null references users, banned_by integer not null, at integer not null,
    reason text, primary key (conversation, user)) strict, without rowid`,
  // Kept beside the member's row, which goes when they leave: coming back must not end a mute.
  sql`create table mutes (
    conversation integer not null references conversations, user integer not null references users, muted_by integer not null, at integer not null,
    until integer not null, reason text, primary key (conversation, user)) strict, without rowid`,
  sql`alter table members add column muted_until integer not null default 0`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [...administration, ...moderation]) await statement.execute(db)
}
