import type { LogEvent, Message } from '#parley/shared/model.ts'
import { judge, mayMentionAll, type Facts, type SubjectFacts, type TargetFacts } from '#parley/server/chat/access.ts'
import type { AppendRequest, AppendResult, LogChange } from '#parley/server/chat/ports.ts'
import { keptChange } from '#parley/server/storage/committed-event.ts'
import { opDigest } from '#parley/server/storage/digest.ts'
import { resolveMentions } from '#parley/server/storage/mentions.ts'
import { attachmentFact, holdAttachment, releaseAttachments } from '#parley/server/storage/memory/attachments.ts'
import { findInvite, useInvite } from '#parley/server/storage/memory/invites.ts'
import { applyReaction } from '#parley/server/storage/memory/reactions.ts'
import { copy, newMember, opKey, type MemoryConversation, type MemoryState } from '#parley/server/storage/memory/state.ts'

function targetOf(change: LogChange): number | undefined {
  if (change.kind === 'message') return change.replyTo
  if (change.kind === 'meta') return change.pin?.seq
  return 'target' in change ? change.target : undefined
}

function targetFacts(conversation: MemoryConversation, change: LogChange): TargetFacts | undefined {
  const seq = targetOf(change)
  const event = seq === undefined ? undefined : conversation.events[seq - 1]
  return event && { kind: event.kind, sender: event.sender, at: event.at, deleted: event.kind === 'message' && event.deleted === true }
}

function subjectFacts(state: MemoryState, conversation: MemoryConversation, actor: string, change: LogChange): SubjectFacts | undefined {
  if (change.kind !== 'member') return undefined
  const role = conversation.members.get(change.user)?.role
  const user = state.users.get(change.user)
  if (!user || (user.disabled && !role)) return undefined
  const owners = [...conversation.members.values()].filter(member => member.role === 'owner').length
  return { role, lastOwner: role === 'owner' && owners === 1, refuses: state.blocks.get(change.user)?.has(actor) === true, banned: conversation.bans.has(change.user) }
}

/** The invite that the request brings, if it counts. */
const inviteOf = (state: MemoryState, { invite, at, actor }: AppendRequest) => invite === undefined ? undefined : findInvite(state, invite, at, actor)

function readFacts(state: MemoryState, request: AppendRequest): Facts {
  const conversation = state.conversations.get(request.conversation)
  const facts: Facts = { actor: request.actor, blocked: false, now: request.at, recallLimit: request.recallLimit }
  if (!conversation) return facts
  const others = conversation.kind === 'direct' ? [...conversation.members.keys()].filter(user => user !== request.actor) : []
  return {
    ...facts,
    editLimit: request.editLimit,
    mutedUntil: conversation.members.has(request.actor) ? conversation.mutes.get(request.actor)?.until : undefined,
    authority: request.authority,
    conversation: { kind: conversation.kind, closed: conversation.closed, public: conversation.public },
    invited: inviteOf(state, request)?.conversation === request.conversation,
    role: conversation.members.get(request.actor)?.role,
    target: targetFacts(conversation, request.change),
    subject: subjectFacts(state, conversation, request.actor, request.change),
    closing: request.closing,
    attachment: attachmentFact(state, request.actor, 'content' in request.change ? request.change.content : undefined),
    pins: [...conversation.pins.keys()].filter(seq => seq !== targetOf(request.change)).length,
    blocked: others.some(user => state.blocks.get(user)?.has(request.actor)),
  }
}

function mentionsOf(state: MemoryState, conversation: MemoryConversation, request: AppendRequest, change: LogChange): { mentions?: string[] } {
  if (change.kind !== 'message' && change.kind !== 'edit') return {}
  const members = [...conversation.members.keys()]
  const mentions = resolveMentions(change.content, {
    memberByName: name => members.find(user => state.users.get(user)?.usernameKey === name),
    everyone: () => (mayMentionAll(conversation.members.get(request.actor)?.role, members.length) ? members : []),
  })
  return mentions ? { mentions } : {}
}

/** O5: nothing of a deleted message's content stays, in its event, in its edits or as a digest. */
function eraseMessage(state: MemoryState, conversation: MemoryConversation, message: Message, at: number, by: string | undefined): void {
  const { seq, cid, sender, replyTo } = message
  conversation.messages.set(seq, { seq, cid, sender, at: message.at, ...(replyTo === undefined ? {} : { replyTo }), deletedAt: at, ...(by === undefined ? {} : { deletedBy: by }), reactions: [] })
  conversation.events.forEach((event, index) => {
    const ofMessage = event.seq === seq && event.kind === 'message'
    if (!ofMessage && !(event.kind === 'edit' && event.target === seq)) return
    const { content: _content, mentions: _mentions, ...rest } = event
    conversation.events[index] = ofMessage ? { ...rest, deleted: true } as LogEvent : rest
    const op = state.ops.get(opKey(event.sender, event.cid))
    if (op) delete op.digest
  })
  releaseAttachments(state, conversation.id, seq)
  conversation.pins.delete(seq)
}

function applyMember(conversation: MemoryConversation, change: Extract<LogChange, { kind: 'member' }>, seq: number): void {
  const member = conversation.members.get(change.user)
  // What was said before is history to a newcomer, not unread.
  if (change.change === 'join') {
    conversation.members.set(change.user, newMember(change.role ?? 'member', seq))
    // Someone who may bring others in has brought them back.
    conversation.bans.delete(change.user)
  }
  if (change.change === 'leave') conversation.members.delete(change.user)
  if (change.change === 'role' && member && change.role) member.role = change.role
}

function applyMeta(conversation: MemoryConversation, change: Extract<LogChange, { kind: 'meta' }>, { sender, at }: LogEvent): void {
  if (change.title !== undefined) conversation.title = change.title
  if (change.topic !== undefined) conversation.topic = change.topic
  if (change.avatar !== undefined) conversation.avatar = change.avatar
  if (change.closed !== undefined) conversation.closed = change.closed
  if (change.public !== undefined) conversation.public = change.public
  if (change.pin) {
    conversation.pins.delete(change.pin.seq)
    if (change.pin.on) conversation.pins.set(change.pin.seq, { by: sender, at })
  }
}

function applyToMessage(state: MemoryState, conversation: MemoryConversation, event: LogEvent): void {
  if (event.kind === 'message') {
    const { kind: _kind, ...message } = event
    conversation.messages.set(event.seq, copy({ ...message, reactions: [] }))
    state.arrivals.push({ conversation: conversation.id, seq: event.seq })
    holdAttachment(state, conversation.id, event.seq, event.content)
    return
  }
  const message = 'target' in event ? conversation.messages.get(event.target) : undefined
  if (!message || message.deletedAt !== undefined) return
  if (event.kind === 'edit') {
    const { mentions: _mentions, ...rest } = message
    const { content, mentions } = event
    conversation.messages.set(message.seq, copy({ ...rest, content, ...(mentions ? { mentions } : {}), editedAt: event.at }))
    holdAttachment(state, conversation.id, message.seq, content)
  }
  if (event.kind === 'delete') eraseMessage(state, conversation, message, event.at, event.reason === 'expired' ? undefined : event.sender)
  if (event.kind === 'reaction') conversation.messages.set(message.seq, { ...message, reactions: applyReaction(message.reactions, event.emoji, event.sender, event.on) })
}

function commit(state: MemoryState, conversation: MemoryConversation, request: AppendRequest): LogEvent {
  const { actor: sender, cid, at } = request
  const change = keptChange(request.change, request.masked)
  const seq = conversation.events.length + 1
  // Through JSON, as on the wire and on disk: absent fields and what has no JSON form are gone.
  const event = JSON.parse(JSON.stringify({ seq, cid, sender, at, ...change, ...mentionsOf(state, conversation, request, change) })) as LogEvent
  conversation.events.push(event)
  state.ops.set(opKey(sender, cid), { conversation: conversation.id, seq, digest: opDigest(conversation.id, request.change).toString('hex') })
  if (change.kind === 'member') applyMember(conversation, change, seq)
  if (change.kind === 'meta') applyMeta(conversation, change, event)
  applyToMessage(state, conversation, event)
  return copy(conversation.events[seq - 1]!)
}

/** LogStore.append on the state as it is now. */
export function append(state: MemoryState, request: AppendRequest): AppendResult {
  const { conversation: id, actor, cid, change } = request
  const known = state.ops.get(opKey(actor, cid))
  if (known) {
    const same = known.conversation === id && (known.digest === undefined || known.digest === opDigest(id, change).toString('hex'))
    if (!same) return { ok: false, code: 'cid_conflict', message: 'this cid was used for another op' }
    return { ok: true, event: copy(state.conversations.get(id)!.events[known.seq - 1]!), duplicate: true }
  }
  const refusal = request.refusal ?? judge(change, readFacts(state, request))
  if (refusal) return { ok: false, ...refusal }
  const invite = inviteOf(state, request)
  if (invite) useInvite(invite, actor, true)
  const event = commit(state, state.conversations.get(id)!, request)
  if (request.ban && change.kind === 'member') state.conversations.get(id)!.bans.set(change.user, { by: actor, at: request.at, ...request.ban })
  if (request.audit) state.audit.push(copy(request.audit))
  return { ok: true, event, duplicate: false }
}
