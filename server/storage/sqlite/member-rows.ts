import type { Member, MemberRole, UserStatus, UserSummary } from '#parley/shared/model.ts'

export type UserRow = { id: string, username: string, display_name: string, avatar: string | null, status: string | null, deleted_at: number | null, guest: number, bot: number }

/** Of `users u`. */
export const userColumns = 'u.id, u.username, u.display_name, u.avatar, u.status, u.deleted_at, u.guest, u.bot'

/** How far a member has read, as far as they show it (of `members m`). */
export const shownReadSeq = 'case when u.hides_reads = 1 then 0 else m.read_seq end'

export const userOfRow = ({ id, username, display_name, avatar, status, deleted_at, guest, bot }: UserRow): UserSummary => ({
  id, username, displayName: display_name,
  ...(avatar === null ? {} : { avatar }),
  ...(status === null ? {} : { status: JSON.parse(status) as UserStatus }),
  ...(deleted_at === null ? {} : { deleted: true }),
  ...(guest === 0 ? {} : { guest: true }),
  ...(bot === 0 ? {} : { bot: true }),
})

export type MemberRow = UserRow & { role: MemberRole, read_seq: number, delivered_seq: number, joined_seq: number, muted_until: number, last_seen: number | null, conversation: number }

export const memberColumns = `
  select ${userColumns}, u.last_seen, m.role, ${shownReadSeq} as read_seq, m.delivered_seq, m.joined_seq, m.muted_until, m.conversation
    from members m join users u on u.num = m.user`

/** Presence is the core's: it knows who is connected. */
export const memberOfRow = (row: MemberRow): Member => ({
  user: userOfRow(row),
  role: row.role,
  readSeq: row.read_seq,
  deliveredSeq: row.delivered_seq,
  ...(row.joined_seq === 0 ? {} : { joinedSeq: row.joined_seq }),
  ...(row.muted_until === 0 ? {} : { mutedUntil: row.muted_until }),
  state: 'offline',
  ...(row.last_seen === null ? {} : { lastSeen: row.last_seen }),
})
