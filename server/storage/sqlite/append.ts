import type { LogEvent } from '#parley/shared/model.ts'
import { judge, type Facts, type Refusal } from '#parley/server/chat/access.ts'
import type { AppendRequest, AppendResult } from '#parley/server/chat/ports.ts'
import { opDigest } from '#parley/server/storage/digest.ts'
import type { SqlBlob, SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { readEvent } from '#parley/server/storage/sqlite/events.ts'
import { readActor, readFacts, readPlace, type Actor, type Place } from '#parley/server/storage/sqlite/facts.ts'
import { cidBytes, conversationOf, keyOf } from '#parley/server/storage/sqlite/keys.ts'
import { applyMember, applyMeta } from '#parley/server/storage/sqlite/membership.ts'
import type { Entry } from '#parley/server/storage/sqlite/entry.ts'
import { mentionsOf } from '#parley/server/storage/sqlite/mention-rows.ts'
import { applyDelete, applyEdit, applyReaction, saveMessage } from '#parley/server/storage/sqlite/message-changes.ts'
import { saveChange } from '#parley/server/storage/sqlite/changes.ts'
import { isCid } from '#parley/shared/cid.ts'

type OpRow = { key: number, digest: SqlBlob | null }

/** S3: what this sender's cid stands for already, if anything. Comes before permission. */
function answerKnown(database: SqliteDatabase, request: AppendRequest, actor: Actor, cid: Uint8Array): AppendResult | undefined {
  const known = database.get<OpRow>('select key, digest from ops where sender = ? and cid = ?', actor.num, cid)
  if (!known) return undefined
  const conversation = database.get<{ id: string }>('select id from conversations where num = ?', conversationOf(known.key))
  const sameBody = known.digest === null || opDigest(request.conversation, request.change).equals(known.digest)
  if (conversation?.id !== request.conversation || !sameBody) return { ok: false, code: 'cid_conflict', message: 'this cid was used for another op' }
  return { ok: true, event: readEvent(database, known.key), duplicate: true }
}

const stranger = (actor: string): Facts => ({ actor, blocked: false, now: 0 })

function refusalOf(database: SqliteDatabase, request: AppendRequest, actor: Actor | undefined, place: Place | undefined): Refusal | undefined {
  return judge(request.change, actor && place ? readFacts(database, request, actor, place) : stranger(request.actor))
}

/** Writes the event with all that follows from it; returns what was stored. */
function apply(database: SqliteDatabase, entry: Entry): LogEvent {
  const { seq, cid, sender, at, change } = entry
  const base = { seq, cid, sender: sender.id, at }
  switch (change.kind) {
    case 'message': {
      const { kind, ...body } = { ...change, ...mentionsOf(database, entry, change.content) }
      saveMessage(database, entry, body)
      return { ...base, kind, ...body }
    }
    case 'edit': {
      const { content } = change
      const body = { content, ...mentionsOf(database, entry, content) }
      saveChange(database, entry, 'edit', change.target, body)
      applyEdit(database, entry, change.target, body)
      return { ...base, kind: 'edit', target: change.target, ...body }
    }
    case 'delete':
      saveChange(database, entry, 'delete', change.target)
      applyDelete(database, entry, change.target)
      return { ...base, ...change }
    case 'reaction':
      saveChange(database, entry, 'reaction', change.target, { emoji: change.emoji, on: change.on })
      applyReaction(database, entry, change)
      return { ...base, ...change }
    case 'member': {
      const { kind, ...body } = change
      saveChange(database, entry, kind, undefined, body)
      applyMember(database, entry, change)
      return { ...base, ...change }
    }
    case 'meta': {
      const { kind, ...body } = change
      saveChange(database, entry, kind, undefined, body)
      applyMeta(database, entry.place, change)
      return { ...base, ...change }
    }
  }
}

/**
 * LogStore.append inside a transaction. Reads and judges before it writes anything, so a refusal leaves nothing behind.
 *
 * @throws TypeError a cid that is no lower-case UUID: the core lets none through
 */
export function append(database: SqliteDatabase, request: AppendRequest): AppendResult {
  const { change, at, conversation } = request
  const actor = readActor(database, request.actor)
  const cid = cidBytes(request.cid)
  const known = actor && answerKnown(database, request, actor, cid)
  if (known) return known
  const place = actor && readPlace(database, conversation, actor.num)
  const refusal = refusalOf(database, request, actor, place)
  if (refusal || !actor || !place) return { ok: false, code: 'not_found', message: 'there is no such conversation', ...refusal }
  const seq = place.head + 1
  const entry: Entry = { key: keyOf(place.num, seq), seq, cid: request.cid, cidBytes: cid, sender: actor, at, place, change }
  const event = apply(database, entry)
  database.run('insert into ops (sender, cid, key, digest) values (?, ?, ?, ?)', actor.num, cid, entry.key, opDigest(conversation, change))
  database.run('update conversations set head = ?, tip = ? where num = ?', seq, cid, place.num)
  return { ok: true, event, duplicate: false }
}

/** @throws TypeError see {@link append}; before the op joins a batch, which it would take down */
export function checkCid(cid: string): void {
  if (!isCid(cid)) throw new TypeError('a cid is a lower-case UUID')
}
