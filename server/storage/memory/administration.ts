import { messageCountLimit, type AdminConversation, type AuditLine } from '#parley/shared/administration.ts'
import { foldText } from '#parley/shared/fold.ts'
import type { JsonValue } from '#parley/shared/model.ts'
import type { AdministrationStore, AuditQuery, Expired, ExpiryQuery, StoredSizes } from '#parley/server/chat/administration-port.ts'
import { releaseAttachments } from '#parley/server/storage/memory/attachments.ts'
import { userSummary } from '#parley/server/storage/memory/conversations.ts'
import { copy, type MemoryAttachment, type MemoryConversation, type MemoryState } from '#parley/server/storage/memory/state.ts'
import type { MemoryWrites } from '#parley/server/storage/memory/writes.ts'

function auditLines(state: MemoryState, { act, actor, target, since = 0, until = Infinity, before = Infinity, limit }: AuditQuery): AuditLine[] {
  const numbered = state.audit.map((entry, index) => ({ ...entry, num: index + 1 })).filter(line => line.num < before
    && (act === undefined || line.act === act) && (actor === undefined || line.actor === actor) && (target === undefined || line.target === target)
    && line.at >= since && line.at < until)
  return numbered.toReversed().slice(0, limit).map(({ actor: by, ...line }) => {
    const user = by === undefined ? undefined : state.users.get(by)
    return { ...copy(line), ...(by === undefined ? {} : { actor: user ? userSummary(user) : { id: by, username: '', displayName: '' } }) }
  })
}

const isOrphan = (state: MemoryState, { kind, closed, members }: MemoryConversation): boolean =>
  kind !== 'direct' && !closed && ![...members].some(([user, { role }]) => role === 'owner' && state.users.get(user)?.disabled === false)

function viewOf(state: MemoryState, conversation: MemoryConversation): AdminConversation {
  const { id, kind, title, members, events, messages, createdAt } = conversation
  const held = [...state.attachments.values()].filter(({ uses }) => uses.has(id))
  return {
    id, kind, title, members: members.size, entries: events.length, messages: Math.min(messages.size, messageCountLimit + 1),
    fileBytes: held.reduce((sum, { attachment }) => sum + attachment.size, 0), createdAt,
    ...(events.length > 0 ? { activeAt: events.at(-1)!.at } : {}),
    ...(conversation.closed ? { closed: true } : {}),
    ...(conversation.public ? { public: true } : {}),
    ...(isOrphan(state, conversation) ? { orphan: true } : {}),
  }
}

function remove(state: MemoryState, id: string, at: number): boolean {
  const conversation = state.conversations.get(id)
  if (!conversation || conversation.deletedAt !== undefined) return false
  Object.assign(conversation, { deletedAt: at, closed: true, public: false, title: '' })
  delete conversation.topic
  delete conversation.avatar
  for (const part of [conversation.members, conversation.bans, conversation.mutes, conversation.pins]) part.clear()
  conversation.receiptTimes = []
  for (const invite of state.invites.values()) if (invite.conversation === id) state.invites.delete(invite.id)
  for (const hook of state.hooks.values()) if (hook.conversation === id) state.hooks.delete(hook.id)
  for (const report of state.reports.filter(other => other.conversation === id)) {
    delete report.copy
    delete report.note
  }
  return true
}

/** Events go from the end, so that what is left still is a log. @returns whether there are more */
function purge(state: MemoryState, limit: number): boolean {
  const unpurged = () => [...state.conversations.values()].find(({ deletedAt, events }) => deletedAt !== undefined && events.length > 0)
  const conversation = unpurged()
  for (let left = limit; conversation && left > 0; left--) {
    const event = conversation.events.pop()
    if (!event) break
    state.ops.delete(`${event.cid} ${event.sender}`)
    if (conversation.messages.delete(event.seq)) releaseAttachments(state, conversation.id, event.seq)
  }
  return unpurged() !== undefined
}

function expired(state: MemoryState, { kind, files, before, after, limit }: ExpiryQuery): Expired {
  const found: Expired = { messages: [], after, done: false }
  const rows = state.arrivals.slice(after, after + limit)
  for (const { conversation: id, seq } of rows) {
    const conversation = state.conversations.get(id)
    const message = conversation?.messages.get(seq)
    if (message && message.at >= before) return { ...found, done: true }
    found.after++
    const holds = [...state.attachments.values()].some(({ uses }) => uses.get(id)?.has(seq))
    const fits = message && message.deletedAt === undefined && conversation?.deletedAt === undefined && (kind === undefined || conversation?.kind === kind)
    if (fits && (!files || holds)) found.messages.push({ conversation: id, seq, sender: message.sender })
  }
  return { ...found, done: rows.length < limit }
}

const sumOf = (files: readonly MemoryAttachment[]) => ({ count: files.length, bytes: files.reduce((sum, { attachment }) => sum + attachment.size, 0) })

function sizes(state: MemoryState): StoredSizes {
  const files = [...state.attachments.values()]
  const uploaders = [...Map.groupBy(files, ({ uploader }) => uploader)].map(([id, own]) => ({ user: userSummary(state.users.get(id)!), ...sumOf(own) }))
  return {
    database: { bytes: 0, free: 0, log: 0 },
    files: { ...sumOf(files), unheld: sumOf(files.filter(({ expiresAt }) => expiresAt !== undefined)), erasing: state.erasable.size },
    uploaders: uploaders.toSorted((left, right) => right.bytes - left.bytes).slice(0, 10),
  }
}

export function createMemoryAdministration(state: MemoryState, writes: MemoryWrites): AdministrationStore {
  const standing = () => [...state.conversations.values()].filter(({ deletedAt }) => deletedAt === undefined)
  return {
    settings: async () => copy(Object.fromEntries(state.settings)),
    saveSetting: (name, value, audit) => writes.run(() => {
      if (value === undefined) state.settings.delete(name)
      else state.settings.set(name, copy<JsonValue>(value))
      state.audit.push(copy(audit))
    }),
    recordAudit: entry => writes.run(() => void state.audit.push(copy(entry))),
    auditLines: async query => auditLines(state, query),
    async conversationsForAdmin({ text = '', kind, after, limit }) {
      const part = foldText(text.trim())
      const all = standing().toReversed()
      const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1
      const fits = (conversation: MemoryConversation) => (kind === undefined || conversation.kind === kind)
        && (part === '' || (conversation.kind !== 'direct' && foldText(conversation.title).includes(part)))
      return all.slice(from).filter(fits).slice(0, limit).map(conversation => viewOf(state, conversation))
    },
    async conversationForAdmin(id) {
      const conversation = standing().find(other => other.id === id)
      return conversation && viewOf(state, conversation)
    },
    largestConversations: async limit =>
      standing().toSorted((left, right) => right.events.length - left.events.length).slice(0, limit).map(conversation => viewOf(state, conversation)),
    deleteConversation: (id, at, audit) => writes.run(() => {
      const removed = remove(state, id, at)
      if (removed) state.audit.push(copy(audit))
      return removed
    }),
    purgeDeleted: limit => writes.run(() => purge(state, limit)),
    expiredMessages: async query => expired(state, query),
    storedSizes: async () => sizes(state),
    async unknownFiles(ids) {
      const pictures = new Set([...state.avatars.values()].map(({ file }) => file))
      return ids.filter(id => !state.attachments.has(id) && !state.erasable.has(id) && !pictures.has(id))
    },
  }
}
