import { sql, type Kysely } from 'kysely'

const secondFactor = [
  sql`create table passkeys (
    id text primary key, user integer not null references users, rp_id text not null, name text not null, public_key text not null,
    counter integer not null, transports text not null, created_at integer not null, last_used_at integer) strict, without rowid`,
  sql`create index passkeys_by_user on passkeys (user, created_at)`,
  // `secret` is sealed by a key that does not lie in this file.
  sql`create table totp (user integer primary key references users, secret text not null, last_step integer not null, created_at integer not null) strict`,
  sql`create table recovery_codes (user integer not null references users, hash text not null, primary key (user, hash)) strict, without rowid`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of secondFactor) await statement.execute(db)
}
