import type { ConversationKind } from '#parley/shared/model.ts'
import { foldText } from '#parley/shared/fold.ts'
import type { Invite, OpenConversation } from '#parley/shared/http.ts'
import type { InviteStore, NewInvite } from '#parley/server/chat/invite-port.ts'
import { writeAudit } from '#parley/server/storage/sqlite/audit-rows.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'

type InviteRow = {
  num: number
  id: string
  conversation: string | null
  creator: string
  registers: number
  created_at: number
  expires_at: number | null
  max_uses: number | null
  uses: number
}
type OpenRow = { id: string, kind: ConversationKind, title: string, topic: string | null, member_count: number, member: number }

const recordOf = (row: InviteRow): Invite => ({
  id: row.id,
  ...(row.conversation === null ? {} : { conversation: row.conversation }),
  creator: row.creator,
  registers: row.registers === 1,
  createdAt: row.created_at,
  ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
  ...(row.max_uses === null ? {} : { maxUses: row.max_uses }),
  uses: row.uses,
})

const openOf = ({ id, kind, title, topic, member_count, member }: OpenRow): OpenConversation =>
  ({ id, kind, title, ...(topic ? { topic } : {}), memberCount: member_count, member: member === 1 })

const inviteColumns = `
  select i.num, i.id, c.id as conversation, u.id as creator, i.registers, i.created_at, i.expires_at, i.max_uses, i.uses
    from invites i join users u on u.num = i.creator left join conversations c on c.num = i.conversation`

const userNum = '(select num from users where id = ?)'
const openColumns = `select c.id, c.kind, c.title, c.topic, c.member_count,
    exists (select 1 from members m where m.conversation = c.num and m.user = ${userNum}) as member from conversations c`

/** Whether the one who made it could make it now. */
const standing = `
  u.disabled = 0 and (i.registers = 0 or u.role = 'admin') and (i.conversation is null or (c.closed = 0 and exists (
    select 1 from members m where m.conversation = i.conversation and m.user = i.creator and m.role in ('owner', 'admin'))))`

/** The invite with this hash if it counts for this user; inside a snapshot or a transaction. */
export function readInvite(database: SqliteDatabase, hash: string, now: number, user: string | null): InviteRow | undefined {
  return database.get<InviteRow>(`${inviteColumns} where i.hash = ? and (i.expires_at is null or i.expires_at > ?) and ${standing}
    and (i.max_uses is null or i.uses < i.max_uses
      or exists (select 1 from invite_uses s where s.invite = i.num and s.user = ${userNum} and s.joined = 0))`, hash, now, user)
}

/** Counts a use, inside the transaction that it pays for; what {@link readInvite} found must be of that transaction. */
export function useInvite(database: SqliteDatabase, invite: number, user: number, joined: boolean): void {
  const halfUsed = database.run('update invite_uses set joined = 1 where invite = ? and user = ? and joined = 0', invite, user).changes > 0
  if (halfUsed) return
  database.run('insert or replace into invite_uses (invite, user, joined) values (?, ?, ?)', invite, user, Number(joined))
  database.run('update invites set uses = uses + 1 where num = ?', invite)
}

function create(database: SqliteDatabase, { id, hash, conversation, creator, registers, createdAt, expiresAt, maxUses }: NewInvite): void {
  // A new one is the moment to forget those that ran out.
  database.run('delete from invites where expires_at <= ?', createdAt)
  database.run(`
    insert into invites (id, hash, conversation, creator, registers, created_at, expires_at, max_uses)
      values (?, ?, (select num from conversations where id = ?), ${userNum}, ?, ?, ?, ?)`,
  id, hash, conversation ?? null, creator, Number(registers), createdAt, expiresAt ?? null, maxUses ?? null)
}

const ofPlace = '(? is null and i.conversation is null or i.conversation = (select num from conversations where id = ?))'

/** Folded like the names of people; public conversations are few, so they are looked through. */
function findPublic(database: SqliteDatabase, user: string, query: string, limit: number): OpenConversation[] {
  const part = foldText(query.trim())
  const rows = database.all<OpenRow>(`${openColumns} where c.public = 1 and c.closed = 0 order by c.member_count desc, c.num`, user)
  return rows.filter(row => part === '' || foldText(`${row.title}\n${row.topic ?? ''}`).includes(part)).slice(0, limit).map(openOf)
}

export function createSqliteInvites(database: SqliteDatabase, writes: WriteQueue): InviteStore {
  return {
    createInvite: (invite, audit) => writes.run(() => {
      create(database, invite)
      if (audit) writeAudit(database, audit)
    }),
    inviteByHash: async (hash, now, user) => database.snapshot(() => {
      const row = readInvite(database, hash, now, user ?? null)
      if (!row) return undefined
      const open = row.conversation === null ? undefined : database.get<OpenRow>(`${openColumns} where c.id = ?`, user ?? null, row.conversation)
      return { invite: recordOf(row), ...(open ? { conversation: openOf(open) } : {}) }
    }),
    invitesOf: async (conversation, now) => database.read(() => database.all<InviteRow>(`
      ${inviteColumns} where ${ofPlace} and (i.expires_at is null or i.expires_at > ?) order by i.num desc`,
    conversation ?? null, conversation ?? null, now).map(recordOf)),
    revokeInvite: (conversation, id, audit) => writes.run(() => {
      const { changes } = database.run(`delete from invites as i where i.id = ? and ${ofPlace}`, id, conversation ?? null, conversation ?? null)
      if (changes > 0 && audit) writeAudit(database, audit)
      return changes > 0
    }),
    publicConversations: async (user, query, limit) => database.read(() => findPublic(database, user, query, limit)),
  }
}
