import type { Content, ConversationKind, NotifyLevel } from '#parley/shared/model.ts'
import type { NotificationSettings } from '#parley/shared/notifications.ts'
import type { PushStore, PushSubscription, PushTarget, PushTargets, PushTargetsRequest } from '#parley/server/chat/push-port.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { countUnread } from '#parley/server/storage/sqlite/conversations.ts'
import { keyOf, seqOf } from '#parley/server/storage/sqlite/keys.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'

/** Browsers of one user. */
const mostPerUser = 20

type SettingsRow = { hide_text: number | null, quiet_from: number | null, quiet_to: number | null, zone: string | null, paused_until: number | null }
type PlaceRow = { num: number, id: string, kind: ConversationKind, title: string, head: number }
type MemberRow = SettingsRow & { num: number, user: string, read_seq: number, delivered_seq: number, unread_from: number, notify: NotifyLevel }
type NewsRow = { key: number, at: number, sender: string, name: string, body: string, mentioned: number }

const userNum = '(select num from users where id = ?)'
const subscriptionColumns = `
  select s.id, u.id as user, s.login, s.endpoint, s.p256dh, s.auth, s.created_at as createdAt
    from push_subscriptions s join users u on u.num = s.user join logins l on l.id = s.login and l.expires_at > ?`
const standing = 'select 1 from push_subscriptions s join logins l on l.id = s.login and l.expires_at > ?'

const subscriptionOf = ({ id, user, login, endpoint, p256dh, auth, createdAt }: PushSubscription): PushSubscription =>
  ({ id, user, login, endpoint, p256dh, auth, createdAt })

const settingsOf = ({ hide_text, quiet_from, quiet_to, zone, paused_until }: SettingsRow): NotificationSettings => ({
  hideText: hide_text === 1,
  ...(quiet_from === null || quiet_to === null || zone === null ? {} : { quiet: { from: quiet_from, to: quiet_to, zone } }),
  ...(paused_until === null ? {} : { pausedUntil: paused_until }),
})

function save(database: SqliteDatabase, { id, user, login, endpoint, p256dh, auth, createdAt }: PushSubscription): string | undefined {
  const own = database.get<{ user: number }>(`select user from logins where id = ? and user = ${userNum} and expires_at > ?`, login, user, createdAt)
  if (!own) return undefined
  database.run('delete from push_subscriptions where endpoint = ? and user <> ?', endpoint, own.user)
  database.run(`
    insert into push_subscriptions (id, user, login, endpoint, p256dh, auth, created_at) values (?, ?, ?, ?, ?, ?, ?)
      on conflict (endpoint) do update set login = excluded.login, p256dh = excluded.p256dh, auth = excluded.auth`,
  id, own.user, login, endpoint, p256dh, auth, createdAt)
  database.run(`delete from push_subscriptions where user = ? and num not in (
    select num from push_subscriptions where user = ? order by num desc limit ${mostPerUser})`, own.user, own.user)
  return database.get<{ id: string }>('select id from push_subscriptions where endpoint = ?', endpoint)?.id
}

function saveSettings(database: SqliteDatabase, user: string, { hideText, quiet, pausedUntil }: NotificationSettings): void {
  database.run(`
    insert or replace into notification_settings (user, hide_text, quiet_from, quiet_to, zone, paused_until) values (${userNum}, ?, ?, ?, ?, ?)`,
  user, Number(hideText), quiet?.from ?? null, quiet?.to ?? null, quiet?.zone ?? null, pausedUntil ?? null)
}

/** What counts for this member: every message, or those that mention them. */
function counted(database: SqliteDatabase, row: Parameters<typeof countUnread>[1] & { notify: NotifyLevel }): number {
  if (row.notify === 'none') return 0
  const { unread, mentions } = countUnread(database, row)
  return row.notify === 'all' ? unread : mentions
}

/** What the list of this user shows as asking for attention, over all conversations. */
function attention(database: SqliteDatabase, user: number): number {
  const rows = database.all<{ num: number, head: number, read_seq: number, notify: NotifyLevel, unread_from: number, newest: number | null, hidden: number }>(`
    select c.num, c.head, m.read_seq, m.notify, m.unread_from, m.hidden,
        case when m.hidden > 0 then (select max(key) from messages where key between c.num << 30 and (c.num << 30) + c.head) end as newest
      from members m join conversations c on c.num = m.conversation where m.user = ? and (m.read_seq < c.head or m.unread_from > 0)`, user)
  return rows.filter(({ hidden, newest }) => hidden <= (newest === null ? 0 : seqOf(newest)))
    .reduce((sum, row) => sum + Math.max(counted(database, { ...row, user }), row.unread_from > 0 ? 1 : 0), 0)
}

const news = (where: string) => `
  select g.key, g.at, u.id as sender, u.display_name as name, coalesce(g.edited_body, g.body) as body,
      exists (select 1 from mentions n where n.user = ? and n.message = g.key) as mentioned
    from messages g join users u on u.num = g.sender
    where g.key between ? and ? and g.sender <> ? and g.deleted_at is null and ${where}
      and not exists (select 1 from blocks b where b.user = ? and b.blocked = g.sender)
    order by g.key desc limit 1`
const anyNews = news('true')
const mentioningNews = news('exists (select 1 from mentions n where n.user = ? and n.message = g.key)')

function newsFor(database: SqliteDatabase, { num, notify }: MemberRow, from: number, to: number): NewsRow | undefined {
  return notify === 'all'
    ? database.get<NewsRow>(anyNews, num, from, to, num, num)
    : database.get<NewsRow>(mentioningNews, num, from, to, num, num, num)
}

function targetOf(database: SqliteDatabase, place: PlaceRow, row: MemberRow, { from, now }: PushTargetsRequest): PushTarget | undefined {
  const head = keyOf(place.num, place.head)
  const found = newsFor(database, row, keyOf(place.num, Math.max(from, row.read_seq + 1)), head)
  if (!found) return undefined
  // Written from a change that had been validated.
  const { content } = JSON.parse(found.body) as { content: Content }
  return {
    user: row.user,
    readSeq: row.read_seq,
    deliveredSeq: row.delivered_seq,
    notify: row.notify,
    settings: settingsOf(row),
    seq: seqOf(found.key),
    at: found.at,
    sender: found.sender,
    senderName: found.name,
    content,
    mentioned: found.mentioned === 1,
    unread: counted(database, { num: place.num, head: place.head, user: row.num, read_seq: row.read_seq, unread_from: row.unread_from, notify: row.notify }),
    badge: attention(database, row.num),
    subscriptions: database.all<{ [field in keyof PushSubscription]: PushSubscription[field] }>(`${subscriptionColumns} where s.user = ? order by s.num`, now, row.num).map(subscriptionOf),
  }
}

function targets(database: SqliteDatabase, request: PushTargetsRequest): PushTargets | undefined {
  const place = database.get<PlaceRow>('select num, id, kind, title, head from conversations where id = ? and closed = 0', request.conversation)
  if (!place) return undefined
  const rows = database.all<MemberRow>(`
    select u.num, u.id as user, m.read_seq, m.delivered_seq, m.unread_from, m.notify, n.hide_text, n.quiet_from, n.quiet_to, n.zone, n.paused_until
      from members m join users u on u.num = m.user left join notification_settings n on n.user = m.user
      where m.conversation = ? and m.user > coalesce(${userNum}, 0) and m.notify <> 'none' and m.read_seq < ? and u.disabled = 0
        and exists (${standing} where s.user = m.user)
      order by m.user limit ?`, place.num, request.after ?? null, place.head, request.now, request.limit)
  const { id, kind, title } = place
  return {
    conversation: { id, kind, title },
    targets: rows.map(row => targetOf(database, place, row, request)).filter(target => target !== undefined),
    ...(rows.length === request.limit ? { next: rows.at(-1)!.user } : {}),
  }
}

export function createSqlitePush(database: SqliteDatabase, writes: WriteQueue): PushStore {
  return {
    savePushSubscription: subscription => writes.run(() => save(database, subscription)),
    pushSubscriptionsOf: async (user, now) => database.read(() =>
      database.all<{ [field in keyof PushSubscription]: PushSubscription[field] }>(`${subscriptionColumns} where u.id = ? order by s.num`, now, user).map(subscriptionOf)),
    removePushSubscription: (user, id) => writes.run(() => database.run(`delete from push_subscriptions where id = ? and user = ${userNum}`, id, user).changes > 0),
    forgetPushEndpoint: endpoint => writes.run(() => void database.run('delete from push_subscriptions where endpoint = ?', endpoint)),
    hasPushSubscriptions: async now => database.read(() => database.get(`${standing} limit 1`, now) !== undefined),
    reachesByPush: async (conversation, now) => database.read(() => database.get(`
      ${standing} join members m on m.user = s.user and m.conversation = (select num from conversations where id = ?) limit 1`, now, conversation) !== undefined),
    notificationSettings: async user => database.read(() => {
      const row = database.get<SettingsRow>(`select hide_text, quiet_from, quiet_to, zone, paused_until from notification_settings where user = ${userNum}`, user)
      return row ? settingsOf(row) : { hideText: false }
    }),
    saveNotificationSettings: (user, settings) => writes.run(() => saveSettings(database, user, settings)),
    pushTargets: async request => database.snapshot(() => targets(database, request)),
  }
}
