import type { ConversationKind, MemberRole } from '#parley/shared/model.ts'
import type { Facts, SubjectFacts, TargetFacts } from '#parley/server/chat/access.ts'
import type { AppendRequest, LogChange } from '#parley/server/chat/ports.ts'
import { attachmentFact } from '#parley/server/storage/sqlite/attachment-rows.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { readInvite } from '#parley/server/storage/sqlite/invites.ts'
import { keyOf, seqSpan } from '#parley/server/storage/sqlite/keys.ts'
import { countPins } from '#parley/server/storage/sqlite/pins.ts'

/** A user as the writer sees it; `num` is what rows hold. */
export type Actor = { num: number, id: string }

/** A conversation as the writer sees it, with the actor's place in it. */
export type Place = {
  num: number
  kind: ConversationKind
  closed: number
  public: number
  head: number
  member_count: number
  role: MemberRole | null
  /** Of the actor, ms since 1970. */
  muted_until: number | null
  /** Undefined: no such user. */
  actor: Actor | undefined
  /** Whether the other one of a direct conversation has blocked the actor. */
  blocked: boolean
}

export const readActor = (database: SqliteDatabase, id: string): Actor | undefined =>
  database.get<Actor>('select num, id from users where id = ?', id)

type PlaceRow = Omit<Place, 'actor' | 'blocked'> & { actor_num: number | null, blocked: number }

/** One statement for all that most ops need. The order of its joins is held: it begins with the two unique ids. */
const placeOfActor = `
  select c.num, c.kind, c.closed, c.public, c.head, c.member_count, m.role, m.muted_until, u.num as actor_num,
      c.kind = 'direct' and exists (
        select 1 from members o join blocks b on b.user = o.user and b.blocked = u.num where o.conversation = c.num and o.user <> u.num) as blocked
    from conversations c left join users u on u.id = ? left join members m on m.conversation = c.num and m.user = u.num where c.id = ?`

export function readPlace(database: SqliteDatabase, id: string, actor: string): Place | undefined {
  const row = database.get<PlaceRow>(placeOfActor, actor, id)
  if (!row) return undefined
  const { num, kind, closed, public: isPublic, head, member_count, role, muted_until, actor_num } = row
  return { num, kind, closed, public: isPublic, head, member_count, role, muted_until, actor: actor_num === null ? undefined : { num: actor_num, id: actor }, blocked: row.blocked === 1 }
}

function targetSeq(change: LogChange): number | undefined {
  if (change.kind === 'message') return change.replyTo
  if (change.kind === 'meta') return change.pin?.seq
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

type SubjectRow = { disabled: number, role: MemberRole | null, refuses: number, banned: number }

function readSubject(database: SqliteDatabase, place: Place, actor: Actor, change: LogChange): SubjectFacts | undefined {
  if (change.kind !== 'member') return undefined
  const row = database.get<SubjectRow>(`
    select u.disabled, m.role, exists (select 1 from blocks b where b.user = u.num and b.blocked = ?) as refuses,
        exists (select 1 from bans b where b.conversation = ? and b.user = u.num) as banned
      from users u left join members m on m.user = u.num and m.conversation = ? where u.id = ?`, actor.num, place.num, place.num, change.user)
  if (!row || (row.disabled && !row.role)) return undefined
  const owners = row.role === 'owner' ? database.get<{ owners: number }>('select count(*) as owners from members where conversation = ? and role = \'owner\'', place.num)?.owners : 0
  return { role: row.role ?? undefined, lastOwner: owners === 1, refuses: row.refuses === 1, banned: row.banned === 1 }
}

/** What access.ts wants to know, read inside the committing transaction (S8). */
export function readFacts(database: SqliteDatabase, request: AppendRequest, actor: Actor, place: Place): Facts {
  const invite = request.invite === undefined ? undefined : readInvite(database, request.invite, request.at, actor.id)
  return {
    actor: actor.id,
    conversation: { kind: place.kind, closed: place.closed === 1, public: place.public === 1 },
    invited: invite?.conversation === request.conversation,
    role: place.role ?? undefined,
    target: readTarget(database, place, request.change),
    subject: readSubject(database, place, actor, request.change),
    attachment: 'content' in request.change ? attachmentFact(database, actor.num, request.change.content) : undefined,
    blocked: place.blocked,
    closing: request.closing,
    pins: request.change.kind === 'meta' && request.change.pin?.on ? countPins(database, place.num, request.change.pin.seq) : undefined,
    now: request.at,
    recallLimit: request.recallLimit,
    editLimit: request.editLimit,
    mutedUntil: place.muted_until ?? undefined,
    authority: request.authority,
  }
}
