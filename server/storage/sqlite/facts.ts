import type { ConversationKind, MemberRole } from '#parley/shared/model.ts'
import type { Facts, SubjectFacts, TargetFacts } from '#parley/server/chat/access.ts'
import type { AppendRequest, LogChange } from '#parley/server/chat/ports.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { keyOf, seqSpan } from '#parley/server/storage/sqlite/keys.ts'

/** A conversation as the writer sees it, with the actor's role in it. */
export type Place = {
  num: number
  kind: ConversationKind
  closed: number
  head: number
  member_count: number
  role: MemberRole | null
}

/** A user as the writer sees it; `num` is what rows hold. */
export type Actor = { num: number, id: string }

export const readActor = (database: SqliteDatabase, id: string): Actor | undefined =>
  database.get<Actor>('select num, id from users where id = ?', id)

export const readPlace = (database: SqliteDatabase, id: string, actor: number): Place | undefined => database.get<Place>(`
  select c.num, c.kind, c.closed, c.head, c.member_count, m.role
    from conversations c left join members m on m.conversation = c.num and m.user = ? where c.id = ?`, actor, id)

function targetSeq(change: LogChange): number | undefined {
  if (change.kind === 'message') return change.replyTo
  return 'target' in change ? change.target : undefined
}

type TargetRow = { sender: string, at: number, deleted: number }

/** Only messages can be aimed at; any other event is as good as none to the judge (`bad_target`). */
function readTarget(database: SqliteDatabase, place: Place, change: LogChange): TargetFacts | undefined {
  const seq = targetSeq(change)
  if (seq === undefined || seq >= seqSpan) return undefined
  const row = database.get<TargetRow>(`
    select u.id as sender, m.at, m.deleted_at is not null as deleted from messages m join users u on u.num = m.sender where m.key = ?`, keyOf(place.num, seq))
  return row && { kind: 'message', sender: row.sender, at: row.at, deleted: row.deleted === 1 }
}

type SubjectRow = { disabled: number, role: MemberRole | null }

function readSubject(database: SqliteDatabase, place: Place, change: LogChange): SubjectFacts | undefined {
  if (change.kind !== 'member') return undefined
  const row = database.get<SubjectRow>(`
    select u.disabled, m.role from users u left join members m on m.user = u.num and m.conversation = ? where u.id = ?`, place.num, change.user)
  if (!row || (row.disabled && !row.role)) return undefined
  const owners = row.role === 'owner' ? database.get<{ owners: number }>('select count(*) as owners from members where conversation = ? and role = \'owner\'', place.num)?.owners : 0
  return { role: row.role ?? undefined, lastOwner: owners === 1 }
}

const isBlocked = (database: SqliteDatabase, place: Place, actor: Actor): boolean => place.kind === 'direct' && database.get(`
  select 1 from members m join blocks b on b.user = m.user and b.blocked = ? where m.conversation = ? and m.user <> ?`, actor.num, place.num, actor.num) !== undefined

/** What access.ts wants to know, read inside the committing transaction (S8). */
export function readFacts(database: SqliteDatabase, request: AppendRequest, actor: Actor, place: Place): Facts {
  return {
    actor: actor.id,
    conversation: { kind: place.kind, closed: place.closed === 1 },
    role: place.role ?? undefined,
    target: readTarget(database, place, request.change),
    subject: readSubject(database, place, request.change),
    blocked: isBlocked(database, place, actor),
    now: request.at,
    recallLimit: request.recallLimit,
  }
}
