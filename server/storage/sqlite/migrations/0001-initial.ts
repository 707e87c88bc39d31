import { sql, type Kysely } from 'kysely'

const people = [
  sql`create table meta (name text primary key, value text not null) strict, without rowid`,
  sql`create table users (
    num integer primary key, id text not null unique, username text not null, username_key text not null unique,
    display_name text not null, display_key text not null, avatar text, role text not null, password_hash text not null,
    disabled integer not null default 0, created_at integer not null, last_seen integer) strict`,
  sql`create table logins (
    id text primary key, user integer not null references users, user_agent text not null, address text not null,
    created_at integer not null, last_seen_at integer not null, expires_at integer not null) strict, without rowid`,
  sql`create index logins_by_user on logins (user)`,
  sql`create table api_tokens (
    id text primary key, user integer not null references users, name text not null, hash text not null unique,
    created_at integer not null, last_used_at integer) strict, without rowid`,
  sql`create index api_tokens_by_user on api_tokens (user)`,
  sql`create table blocks (
    user integer not null references users, blocked integer not null references users, primary key (user, blocked)) strict, without rowid`,
]

const conversations = [
  // `places` counts joins ever made, so that who joined first stays known; `direct_pair` holds the two users of a direct conversation.
  sql`create table conversations (
    num integer primary key, id text not null unique, kind text not null, title text not null, topic text, avatar text,
    closed integer not null default 0, created_at integer not null, head integer not null default 0, tip blob,
    member_count integer not null, places integer not null, direct_pair text unique) strict`,
  sql`create table members (
    conversation integer not null references conversations, user integer not null references users, role text not null,
    place integer not null, read_seq integer not null default 0, delivered_seq integer not null default 0,
    notify text not null default 'all', pinned integer not null default 0, hidden integer not null default 0,
    unread_from integer not null default 0, primary key (conversation, user)) strict, without rowid`,
  sql`create index members_by_user on members (user, conversation)`,
  sql`create index members_by_place on members (conversation, place)`,
]

/** No foreign keys here: the writer has just read the rows they would check, and this is the hot path. Keys are those of keys.ts. */
const log = [
  // Messages stand apart from other events, so that history never wades through reactions. `body` is the event as sent, `edited_body`
  // its newest edit; `arrival` numbers messages over all conversations.
  sql`create table messages (
    key integer primary key, sender integer not null, cid blob not null, at integer not null, body text not null,
    edited_body text, edited_at integer, deleted_at integer, deleted_by integer, arrival integer not null) strict`,
  // Every event but messages. `kind` is of changeKinds in rows.ts, `target` the key of the message it aims at.
  sql`create table changes (
    key integer primary key, kind integer not null, sender integer not null, cid blob not null, at integer not null,
    target integer, body text) strict`,
  sql`create index edits_by_target on changes (target) where kind = 1`,
  sql`create index notices on changes (key) where kind in (4, 5)`,
  sql`create table ops (
    sender integer not null, cid blob not null, key integer not null, digest blob, primary key (sender, cid)) strict, without rowid`,
  // `since` is the key of the reaction that brought the emoji to the message: emojis are shown in that order.
  sql`create table reactions (
    message integer not null, emoji text not null, user integer not null, key integer not null, since integer not null,
    primary key (message, emoji, user)) strict, without rowid`,
  sql`create table mentions (user integer not null, message integer not null, primary key (user, message)) strict, without rowid`,
  sql`create index mentions_by_message on mentions (message)`,
]

/** Without a copy of the text, and with deletions that leave nothing behind (O5); the tokens come from tokens.ts, joined by spaces. */
const search = [
  sql`create table arrivals (arrival integer primary key, message integer not null) strict`,
  sql`create virtual table message_index using fts5 (body, content = '', columnsize = 0, tokenize = 'ascii')`,
  sql`insert into message_index (message_index, rank) values ('secure-delete', 1)`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [...people, ...conversations, ...log, ...search]) await statement.execute(db)
}
