import { judge, type Facts, type Refusal } from '#parley/server/chat/access.ts'
import type { AppendRequest, AppendResult } from '#parley/server/chat/ports.ts'
import { committedEvent, keptChange } from '#parley/server/storage/committed-event.ts'
import { opDigest } from '#parley/server/storage/digest.ts'
import type { SqlBlob, SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { readEvent } from '#parley/server/storage/sqlite/events.ts'
import { readActor, readFacts, readPlace, type Actor } from '#parley/server/storage/sqlite/facts.ts'
import { readInvite, useInvite } from '#parley/server/storage/sqlite/invites.ts'
import { cidBytes, conversationOf, keyOf } from '#parley/server/storage/sqlite/keys.ts'
import { applyMember, applyMeta } from '#parley/server/storage/sqlite/membership.ts'
import type { Entry } from '#parley/server/storage/sqlite/entry.ts'
import { mentionsOf } from '#parley/server/storage/sqlite/mention-rows.ts'
import { applyDelete, applyEdit, applyReaction, saveMessage } from '#parley/server/storage/sqlite/message-changes.ts'
import { applyPin } from '#parley/server/storage/sqlite/pins.ts'
import { saveChange } from '#parley/server/storage/sqlite/changes.ts'
import { writeAudit } from '#parley/server/storage/sqlite/audit-rows.ts'
import { saveBan } from '#parley/server/storage/sqlite/moderation-rows.ts'
import { isCid } from '#parley/shared/cid.ts'

type OpRow = { key: number, digest: SqlBlob | null }

/** S3: what this sender's cid stands for already, if anything. */
function answerKnown(database: SqliteDatabase, request: AppendRequest, actor: Actor, cid: Uint8Array): AppendResult | undefined {
  const known = database.get<OpRow>('select key, digest from ops where sender = ? and cid = ?', actor.num, cid)
  if (!known) return undefined
  const conversation = database.get<{ id: string }>('select id from conversations where num = ?', conversationOf(known.key))
  const sameBody = known.digest === null || opDigest(request.conversation, request.change).equals(known.digest)
  if (conversation?.id !== request.conversation || !sameBody) return { ok: false, code: 'cid_conflict', message: 'this cid was used for another op' }
  return { ok: true, event: readEvent(database, known.key), duplicate: true }
}

/** Writes the event with all that follows from it. @returns whom it mentions */
function apply(database: SqliteDatabase, entry: Entry): string[] | undefined {
  const { change } = entry
  switch (change.kind) {
    case 'message': {
      const { kind, ...body } = { ...change, ...mentionsOf(database, entry, change.content) }
      saveMessage(database, entry, body)
      return body.mentions
    }
    case 'edit': {
      const { content } = change
      const body = { content, ...mentionsOf(database, entry, content) }
      saveChange(database, entry, 'edit', change.target, body)
      applyEdit(database, entry, change.target, body)
      return body.mentions
    }
    case 'delete':
      saveChange(database, entry, 'delete', change.target, change.reason && { reason: change.reason })
      applyDelete(database, entry, change.target, change.reason === 'expired')
      return undefined
    case 'reaction':
      saveChange(database, entry, 'reaction', change.target, { emoji: change.emoji, on: change.on })
      applyReaction(database, entry, change)
      return undefined
    case 'member': {
      const { kind, ...body } = change
      saveChange(database, entry, kind, undefined, body)
      applyMember(database, entry, change)
      return undefined
    }
    case 'meta': {
      const { kind, ...body } = change
      saveChange(database, entry, kind, undefined, body)
      applyMeta(database, entry.place, change)
      if (change.pin) applyPin(database, entry, change.pin)
      return undefined
    }
  }
}

const stranger = (actor: string): Facts => ({ actor, blocked: false, now: 0 })

/** What is not let through: dedupe comes before permission (S3), so an op that was let through once is acknowledged again. */
function refuse(database: SqliteDatabase, request: AppendRequest, cid: Uint8Array, actor: Actor | undefined, refusal: Refusal | undefined): AppendResult {
  const known = actor && answerKnown(database, request, actor, cid)
  return known ?? { ok: false, code: 'not_found', message: 'there is no such conversation', ...refusal }
}

/**
 * LogStore.append inside a transaction. A message costs five statements: a new op is the common case, so its cid is looked up by
 * inserting it, and only one that is there already or is refused is looked at again.
 *
 * @throws TypeError a cid that is no lower-case UUID: the core lets none through
 */
export function append(database: SqliteDatabase, request: AppendRequest): AppendResult {
  const { change, at, conversation } = request
  const cid = cidBytes(request.cid)
  const place = readPlace(database, conversation, request.actor)
  const actor = place ? place.actor : readActor(database, request.actor)
  if (!actor || !place) return refuse(database, request, cid, actor, judge(change, stranger(request.actor)))
  const refusal = request.refusal ?? judge(change, readFacts(database, request, actor, place))
  if (refusal) return refuse(database, request, cid, actor, refusal)
  const seq = place.head + 1
  const key = keyOf(place.num, seq)
  const { changes } = database.run(
    'insert into ops (sender, cid, key, digest) values (?, ?, ?, ?) on conflict do nothing', actor.num, cid, key, opDigest(conversation, change))
  if (changes === 0) return refuse(database, request, cid, actor, undefined)
  const invite = request.invite === undefined ? undefined : readInvite(database, request.invite, at, actor.id)
  if (invite) useInvite(database, invite.num, actor.num, true)
  const entry: Entry = { key, seq, cid: request.cid, cidBytes: cid, sender: actor, at, place, change: keptChange(change, request.masked) }
  const mentions = apply(database, entry)
  if (request.ban && change.kind === 'member') saveBan(database, entry, change.user, request.ban.reason)
  if (request.audit) writeAudit(database, request.audit)
  database.run('update conversations set head = ?, tip = ? where num = ?', seq, cid, place.num)
  return { ok: true, event: committedEvent(request, { seq, ...(mentions ? { mentions } : {}) }), duplicate: false }
}

/** @throws TypeError see {@link append}; before the op joins a batch, which it would take down */
export function checkCid(cid: string): void {
  if (!isCid(cid)) throw new TypeError('a cid is a lower-case UUID')
}
