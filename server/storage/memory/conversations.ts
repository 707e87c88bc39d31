import type { ConversationSummary, Member, Message, UserSummary } from '#parley/shared/model.ts'
import { limits } from '#parley/shared/protocol/index.ts'
import type { ConversationStore, CreateConversation, MemberSettings, MemberState } from '#parley/server/chat/ports.ts'
import { compareText } from '#parley/server/storage/compare-text.ts'
import { keepTimes, pinsOf } from '#parley/server/storage/memory/reading-state.ts'
import { copy, newMember, type MemoryConversation, type MemoryMember, type MemoryState, type MemoryUser } from '#parley/server/storage/memory/state.ts'
import type { MemoryWrites } from '#parley/server/storage/memory/writes.ts'

type MembershipStore = Omit<ConversationStore, 'contactsOf' | 'findUsers' | 'usersById' | 'saveLastSeen' | 'lastSeenOf' | 'setBlock' | 'search'>

export const userSummary = ({ id, username, displayName, avatar, status, deleted, guest, bot }: MemoryUser): UserSummary =>
  ({ id, username, displayName, ...(avatar === undefined ? {} : { avatar }), ...(status === undefined ? {} : { status: copy(status) }), ...(deleted ? { deleted } : {}), ...(guest ? { guest } : {}), ...(bot ? { bot } : {}) })

function toMember(state: MemoryState, id: string, member: MemoryMember, mutes: MemoryConversation['mutes']): Member {
  const user = state.users.get(id)!
  const mute = mutes.get(id)
  const { role, deliveredSeq, joinedSeq } = member
  const readSeq = user.hides?.reads ? 0 : member.readSeq
  return {
    user: userSummary(user), role, readSeq, deliveredSeq, ...(joinedSeq === 0 ? {} : { joinedSeq }), ...(mute ? { mutedUntil: mute.until } : {}),
    state: 'offline', ...(user.lastSeen === undefined ? {} : { lastSeen: user.lastSeen }),
  }
}

/** Own view of a conversation. */
export function summaryOf(state: MemoryState, conversation: MemoryConversation, user: string): ConversationSummary {
  const own = conversation.members.get(user)!
  const messages = [...conversation.messages.values()]
  const above = own.unreadFrom ? Math.min(own.readSeq, own.unreadFrom - 1) : own.readSeq
  const isUnread = (message: Message) => message.sender !== user && message.deletedAt === undefined && message.seq > above
  const unread = messages.filter(isUnread)
  const last = messages.at(-1)
  const mute = conversation.mutes.get(user)
  return copy({
    id: conversation.id,
    kind: conversation.kind,
    title: conversation.title,
    ...(conversation.topic ? { topic: conversation.topic } : {}),
    ...(conversation.avatar ? { avatar: conversation.avatar } : {}),
    ...(conversation.closed ? { closed: true } : {}),
    ...(conversation.public ? { public: true } : {}),
    members: [...conversation.members].slice(0, limits.inlineMembers).map(([id, member]) => toMember(state, id, member, conversation.mutes)),
    memberCount: conversation.members.size,
    head: conversation.events.length,
    readSeq: own.readSeq,
    unread: unread.length,
    ...(own.unreadFrom ? { unreadFrom: own.unreadFrom } : {}),
    mentions: unread.filter(message => message.mentions?.includes(user) && !state.blocks.get(user)?.has(message.sender)).length,
    ...(conversation.pins.size > 0 ? { pins: pinsOf(conversation) } : {}),
    ...(last ? { lastMessage: last } : {}),
    role: own.role,
    ...(mute ? { mutedUntil: mute.until, ...(mute.reason === undefined ? {} : { muteReason: mute.reason }) } : {}),
    notify: own.notify,
    pinned: own.pinned,
    hidden: own.hidden > (last?.seq ?? 0),
    createdAt: conversation.createdAt,
  })
}

function sameDirect(state: MemoryState, members: readonly string[]): MemoryConversation | undefined {
  const wanted = new Set(members)
  return [...state.conversations.values()].find(({ kind, members: present }) =>
    kind === 'direct' && present.size > 0 && present.size === wanted.size && [...wanted].every(user => present.has(user)))
}

function create(state: MemoryState, { id, kind, title, members, at }: CreateConversation): { id: string, created: boolean } {
  const users = [...new Set(members)]
  const present = kind === 'direct' ? sameDirect(state, users) : undefined
  if (present) return { id: present.id, created: false }
  const missing = users.find(user => !state.users.has(user))
  if (missing !== undefined) throw new Error(`no such user: ${missing}`)
  const joined = users.map((user, index) => [user, newMember(kind !== 'direct' && index === 0 ? 'owner' : 'member', 0)] as const)
  state.conversations.set(id, {
    id, kind, title, closed: false, public: false, createdAt: at, events: [], messages: new Map(), members: new Map(joined), pins: new Map(), receiptTimes: [],
    bans: new Map(), mutes: new Map(),
  })
  return { id, created: true }
}

function raise(conversation: MemoryConversation | undefined, user: string, { readSeq = 0, deliveredSeq = 0, at }: MemberState) {
  const member = conversation?.members.get(user)
  if (!conversation || !member) return undefined
  const head = conversation.events.length
  const read = Math.max(member.readSeq, Math.min(readSeq, head))
  const delivered = Math.max(member.deliveredSeq, Math.min(deliveredSeq, head))
  const changed = read !== member.readSeq || delivered !== member.deliveredSeq
  if (at !== undefined) keepTimes(conversation, user, member, { readSeq: read, deliveredSeq: delivered }, at)
  member.readSeq = read
  member.deliveredSeq = delivered
  return { readSeq: read, deliveredSeq: delivered, changed }
}

function saveSettings(conversation: MemoryConversation | undefined, user: string, { notify, pinned, hidden, unreadFrom }: MemberSettings): void {
  const member = conversation?.members.get(user)
  if (!conversation || !member) return
  if (notify !== undefined) member.notify = notify
  if (pinned !== undefined) member.pinned = pinned
  if (hidden !== undefined) member.hidden = hidden ? conversation.events.length + 1 : 0
  if (unreadFrom !== undefined) member.unreadFrom = unreadFrom
}

function heir(conversation: MemoryConversation | undefined, leaver: string): string | undefined {
  const others = [...conversation?.members ?? []].filter(([user]) => user !== leaver)
  return (others.find(([, { role }]) => role === 'admin') ?? others[0])?.[0]
}

export function createMemoryConversations(state: MemoryState, writes: MemoryWrites): MembershipStore {
  const get = (id: string) => state.conversations.get(id)
  const ownOf = (user: string) => [...state.conversations.values()].filter(({ members }) => members.has(user))
  return {
    createConversation: request => writes.run(() => create(state, request)),
    conversationIdsOf: async user => ownOf(user).map(({ id }) => id),
    summaries: async (user, only) =>
      ownOf(user).filter(({ id }) => only === undefined || id === only).map(conversation => summaryOf(state, conversation, user)),
    membersOf: async id => [...get(id)?.members.keys() ?? []],
    roleOf: async (id, user) => get(id)?.members.get(user)?.role,
    async memberPage(id, after, limit) {
      const members = [...get(id)?.members ?? []].toSorted(([left], [right]) => compareText(left, right))
      return members.filter(([user]) => after === undefined || compareText(user, after) > 0).slice(0, limit).map(([user, member]) => toMember(state, user, member, get(id)?.mutes ?? new Map()))
    },
    heirOf: async (id, leaver) => heir(get(id), leaver),
    owners: async id => [...get(id)?.members ?? []].filter(([, { role }]) => role === 'owner').map(([user]) => user),
    raisePositions: (id, user, positions) => writes.run(() => raise(get(id), user, positions)),
    saveMemberSettings: (id, user, settings) => writes.run(() => saveSettings(get(id), user, settings)),
  }
}
