import { sql, type Kysely } from 'kysely'

const push = [
  // `endpoint` is unique: one browser is one subscription, whoever is logged in there. It ends with its log-in (A5).
  sql`create table push_subscriptions (
    num integer primary key, id text not null unique, user integer not null references users, login text not null references logins on delete cascade,
    endpoint text not null unique, p256dh text not null, auth text not null, created_at integer not null) strict`,
  sql`create index push_subscriptions_by_user on push_subscriptions (user)`,
  sql`create index push_subscriptions_by_login on push_subscriptions (login)`,
  // Minutes since midnight in "zone"; all three are null when there are no quiet hours.
  sql`create table notification_settings (
    user integer primary key references users, hide_text integer not null default 0, quiet_from integer, quiet_to integer, zone text,
    paused_until integer) strict`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of push) await statement.execute(db)
}
