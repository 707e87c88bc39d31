import type { Member, MemberRole, UserSummary } from '#parley/shared/model.ts'

export type UserRow = { id: string, username: string, display_name: string, avatar: string | null }

export const userOfRow = ({ id, username, display_name, avatar }: UserRow): UserSummary =>
  ({ id, username, displayName: display_name, ...(avatar === null ? {} : { avatar }) })

export type MemberRow = UserRow & { role: MemberRole, read_seq: number, delivered_seq: number, last_seen: number | null }

export const memberColumns = `
  select u.id, u.username, u.display_name, u.avatar, u.last_seen, m.role, m.read_seq, m.delivered_seq
    from members m join users u on u.num = m.user`

/** Presence is the core's: it knows who is connected. */
export const memberOfRow = (row: MemberRow): Member => ({
  user: userOfRow(row),
  role: row.role,
  readSeq: row.read_seq,
  deliveredSeq: row.delivered_seq,
  state: 'offline',
  ...(row.last_seen === null ? {} : { lastSeen: row.last_seen }),
})
