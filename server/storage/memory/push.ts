import type { Message } from '#parley/shared/model.ts'
import type { PushStore, PushSubscription, PushTarget, PushTargets, PushTargetsRequest } from '#parley/server/chat/push-port.ts'
import { summaryOf } from '#parley/server/storage/memory/conversations.ts'
import { copy, type MemoryConversation, type MemoryMember, type MemoryState } from '#parley/server/storage/memory/state.ts'
import type { MemoryWrites } from '#parley/server/storage/memory/writes.ts'

/** Browsers of one user. */
const mostPerUser = 20

/** A log-in that was revoked has taken its subscriptions along. */
const standing = (state: MemoryState, now: number): PushSubscription[] =>
  [...state.pushSubscriptions.values()].filter(({ login }) => (state.logins.get(login)?.expiresAt ?? 0) > now)

function save(state: MemoryState, subscription: PushSubscription): string | undefined {
  const { user, login, endpoint, createdAt } = subscription
  const session = state.logins.get(login)
  if (session?.user !== user || session.expiresAt <= createdAt) return undefined
  const known = state.pushSubscriptions.get(endpoint)
  if (known && known.user !== user) state.pushSubscriptions.delete(endpoint)
  const kept = known?.user === user ? { ...subscription, id: known.id, createdAt: known.createdAt } : { ...subscription }
  state.pushSubscriptions.set(endpoint, kept)
  const own = [...state.pushSubscriptions.values()].filter(other => other.user === user)
  for (const other of own.slice(0, -mostPerUser)) state.pushSubscriptions.delete(other.endpoint)
  return kept.id
}

function attention(state: MemoryState, user: string): number {
  return [...state.conversations.values()].filter(({ members }) => members.has(user)).reduce((sum, conversation) => {
    const { hidden, notify, unread, mentions, unreadFrom } = summaryOf(state, conversation, user)
    if (hidden) return sum
    const counted = notify === 'all' ? unread : notify === 'mentions' ? mentions : 0
    return sum + Math.max(counted, unreadFrom === undefined ? 0 : 1)
  }, 0)
}

/** The newest message that this member is to hear of. */
function newsFor(state: MemoryState, conversation: MemoryConversation, user: string, { readSeq, notify }: MemoryMember, from: number): Message | undefined {
  return [...conversation.messages.values()].findLast(({ seq, sender, deletedAt, mentions }) =>
    seq >= from && seq > readSeq && sender !== user && deletedAt === undefined && !state.blocks.get(user)?.has(sender)
    && (notify === 'all' || mentions?.includes(user) === true))
}

function targetOf(state: MemoryState, conversation: MemoryConversation, user: string, { from, now }: PushTargetsRequest): PushTarget | undefined {
  const member = conversation.members.get(user)!
  const found = newsFor(state, conversation, user, member, from)
  if (!found?.content) return undefined
  const { unread, mentions } = summaryOf(state, conversation, user)
  const { readSeq, deliveredSeq, notify } = member
  return copy({
    user, readSeq, deliveredSeq, notify,
    settings: state.notificationSettings.get(user) ?? { hideText: false },
    seq: found.seq,
    at: found.at,
    sender: found.sender,
    senderName: state.users.get(found.sender)!.displayName,
    content: found.content,
    mentioned: found.mentions?.includes(user) === true,
    unread: notify === 'all' ? unread : mentions,
    badge: attention(state, user),
    subscriptions: standing(state, now).filter(subscription => subscription.user === user),
  })
}

function targets(state: MemoryState, request: PushTargetsRequest): PushTargets | undefined {
  const conversation = state.conversations.get(request.conversation)
  if (!conversation || conversation.closed) return undefined
  const reachable = new Set(standing(state, request.now).map(({ user }) => user))
  const order = [...state.users.keys()]
  const after = request.after === undefined ? -1 : order.indexOf(request.after)
  const users = order.slice(after + 1).filter((user) => {
    const member = conversation.members.get(user)
    return member && member.notify !== 'none' && member.readSeq < conversation.events.length && reachable.has(user) && !state.users.get(user)!.disabled
  }).slice(0, request.limit)
  const { id, kind, title } = conversation
  return {
    conversation: { id, kind, title },
    targets: users.map(user => targetOf(state, conversation, user, request)).filter(target => target !== undefined),
    ...(users.length === request.limit ? { next: users.at(-1)! } : {}),
  }
}

export function createMemoryPush(state: MemoryState, writes: MemoryWrites): PushStore {
  return {
    savePushSubscription: subscription => writes.run(() => save(state, subscription)),
    pushSubscriptionsOf: async (user, now) => copy(standing(state, now).filter(subscription => subscription.user === user)),
    removePushSubscription: (user, id) => writes.run(() => {
      const found = [...state.pushSubscriptions.values()].find(subscription => subscription.id === id && subscription.user === user)
      return found !== undefined && state.pushSubscriptions.delete(found.endpoint)
    }),
    forgetPushEndpoint: endpoint => writes.run(() => void state.pushSubscriptions.delete(endpoint)),
    hasPushSubscriptions: async now => standing(state, now).length > 0,
    reachesByPush: async (conversation, now) => standing(state, now).some(({ user }) => state.conversations.get(conversation)?.members.has(user)),
    notificationSettings: async user => copy(state.notificationSettings.get(user) ?? { hideText: false }),
    saveNotificationSettings: (user, settings) => writes.run(() => void state.notificationSettings.set(user, copy(settings))),
    pushTargets: async request => targets(state, request),
  }
}
