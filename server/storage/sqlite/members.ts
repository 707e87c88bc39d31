import type { MemberRole } from '#parley/shared/model.ts'
import { limits } from '#parley/shared/protocol/index.ts'
import type { ConversationStore, MemberSettings, MemberState } from '#parley/server/chat/ports.ts'
import { createConversation, readSummaries } from '#parley/server/storage/sqlite/conversations.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { memberColumns, memberOfRow, type MemberRow } from '#parley/server/storage/sqlite/member-rows.ts'
import { keepTimes } from '#parley/server/storage/sqlite/receipt-times.ts'
import { UserIds } from '#parley/server/storage/sqlite/user-ids.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'

type MembershipStore = Omit<ConversationStore, 'contactsOf' | 'findUsers' | 'usersById' | 'saveLastSeen' | 'lastSeenOf' | 'setBlock' | 'search'>

type Positions = { conversation: number, user: number, read_seq: number, delivered_seq: number, head: number, member_count: number }
type Raised = { readSeq: number, deliveredSeq: number, changed: boolean }

const membership = `
  select m.conversation, m.user, m.read_seq, m.delivered_seq, c.head, c.member_count from conversations c join members m on m.conversation = c.num
    where c.id = ? and m.user = (select num from users where id = ?)`

/** The positions as they would be: `max()`, clamped to head (§8). */
function raised({ read_seq, delivered_seq, head }: Positions, { readSeq = 0, deliveredSeq = 0 }: MemberState): Raised {
  const read = Math.max(read_seq, Math.min(readSeq, head))
  const delivered = Math.max(delivered_seq, Math.min(deliveredSeq, head))
  return { readSeq: read, deliveredSeq: delivered, changed: read !== read_seq || delivered !== delivered_seq }
}

function raise(database: SqliteDatabase, conversation: string, user: string, state: MemberState): Raised | undefined {
  const positions = database.get<Positions>(membership, conversation, user)
  if (!positions) return undefined
  const result = raised(positions, state)
  if (result.changed) {
    database.run('update members set read_seq = ?, delivered_seq = ? where conversation = ? and user = ?',
      result.readSeq, result.deliveredSeq, positions.conversation, positions.user)
    if (state.at !== undefined && positions.member_count <= limits.receiptMembers) keepTimes(database, positions, result, state.at)
  }
  return result
}

const flag = (value: boolean | undefined): number | null => (value === undefined ? null : Number(value))

function saveSettings(database: SqliteDatabase, conversation: string, user: string, settings: MemberSettings): void {
  database.run(`
    update members set notify = coalesce(?, notify), pinned = coalesce(?, pinned), unread_from = coalesce(?, unread_from),
        hidden = coalesce(? * (select head + 1 from conversations where num = members.conversation), hidden)
      where conversation = (select num from conversations where id = ?) and user = (select num from users where id = ?)`,
  settings.notify ?? null, flag(settings.pinned), settings.unreadFrom ?? null, flag(settings.hidden), conversation, user)
}

type Id = { id: string }

const membersByPlace = `
  select u.id from conversations c join members m on m.conversation = c.num join users u on u.num = m.user where c.id = ?`

export function createSqliteMembers(database: SqliteDatabase, writes: WriteQueue): MembershipStore {
  const reading = { database, users: new UserIds(database) }
  const ids = (text: string, ...parameters: string[]) => database.read(() => database.all<Id>(text, ...parameters).map(({ id }) => id))
  return {
    async createConversation(request) {
      const creation = await writes.run(() => createConversation(database, request))
      if (!creation.ok) throw new Error(`no such user: ${creation.missing}`)
      return { id: creation.id, created: creation.created }
    },
    conversationIdsOf: async user => ids(`
      select c.id from members m join conversations c on c.num = m.conversation where m.user = (select num from users where id = ?) order by m.conversation`, user),
    summaries: async (user, only) => database.snapshot(() => readSummaries(reading, user, only)),
    membersOf: async conversation => ids(`${membersByPlace} order by m.place`, conversation),
    roleOf: async (conversation, user) => database.read(() => database.get<{ role: MemberRole }>(`
      select m.role from conversations c join members m on m.conversation = c.num
        where c.id = ? and m.user = (select num from users where id = ?)`, conversation, user)?.role),
    memberPage: async (conversation, after, limit) => database.read(() => database.all<MemberRow>(`
      ${memberColumns} where m.conversation = (select num from conversations where id = ?) and u.id > ? order by u.id limit ?`,
    conversation, after ?? '', limit).map(memberOfRow)),
    heirOf: async (conversation, leaver) => ids(`
      ${membersByPlace} and u.id <> ? order by m.role <> 'admin', m.place limit 1`, conversation, leaver)[0],
    owners: async conversation => ids(`${membersByPlace} and m.role = 'owner' order by m.place`, conversation),
    async raisePositions(conversation, user, state) {
      // Most receipts tell nothing new; those need no commit.
      const now = database.read(() => database.get<Positions>(membership, conversation, user))
      const unchanged = now && raised(now, state)
      return unchanged?.changed ? writes.run(() => raise(database, conversation, user, state)) : unchanged
    },
    saveMemberSettings: (conversation, user, settings) => writes.run(() => saveSettings(database, conversation, user, settings)),
  }
}
