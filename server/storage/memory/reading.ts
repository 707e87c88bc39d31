import type { MemberReceipt, ReceiptsResponse } from '#parley/shared/http.ts'
import { limits } from '#parley/shared/protocol/index.ts'
import type { ReadingStore, ReceiptsRequest } from '#parley/server/chat/reading-port.ts'
import { userSummary } from '#parley/server/storage/memory/conversations.ts'
import { pinsOf } from '#parley/server/storage/memory/reading-state.ts'
import { copy, type MemoryConversation, type MemoryMember, type MemoryState } from '#parley/server/storage/memory/state.ts'
import { firstFrom } from '#parley/server/storage/paging.ts'

/** How far a member has read, as far as they show it. */
const shownReadSeq = (state: MemoryState, user: string, { readSeq }: MemoryMember): number => state.users.get(user)?.hides?.reads ? 0 : readSeq

function receiptOf(state: MemoryState, { receiptTimes }: MemoryConversation, seq: number, user: string, member: MemoryMember): MemberReceipt {
  const readSeq = shownReadSeq(state, user, member)
  const first = (kind: 'delivered' | 'read') => receiptTimes.find(time => time.kind === kind && time.user === user && time.seq >= seq)?.at
  const read = readSeq >= seq ? first('read') : undefined
  const arrived = Math.max(member.deliveredSeq, readSeq) >= seq ? first('delivered') : undefined
  const delivered = arrived === undefined || read === undefined ? arrived ?? read : Math.min(arrived, read)
  return {
    user: userSummary(state.users.get(user)!),
    state: readSeq >= seq ? 'read' : member.deliveredSeq >= seq ? 'delivered' : 'none',
    ...(delivered === undefined ? {} : { deliveredAt: delivered }),
    ...(read === undefined ? {} : { readAt: read }),
  }
}

function receipts(state: MemoryState, conversation: MemoryConversation, { seq, after, limit }: ReceiptsRequest): ReceiptsResponse | undefined {
  const message = conversation.messages.get(seq)
  if (!message) return undefined
  const audience = [...conversation.members].filter(([user, { joinedSeq }]) => user !== message.sender && joinedSeq < seq)
  const counts = {
    members: audience.length,
    delivered: audience.filter(([user, member]) => Math.max(member.deliveredSeq, shownReadSeq(state, user, member)) >= seq).length,
    read: audience.filter(([user, member]) => shownReadSeq(state, user, member) >= seq).length,
  }
  if (conversation.members.size > limits.receiptMembers) return { seq, at: message.at, ...counts }
  const from = after === undefined ? 0 : Number(after)
  const page = audience.slice(from, from + limit)
  return {
    seq, at: message.at, ...counts,
    people: page.map(([user, member]) => receiptOf(state, conversation, seq, user, member)),
    ...(page.length === limit ? { next: String(from + limit) } : {}),
  }
}

function messageAt({ messages, events }: MemoryConversation, at: number): number {
  const seqs = [...messages.keys()]
  return firstFrom(events.length, at, (from) => {
    const seq = seqs.find(each => each >= from)
    return seq === undefined ? undefined : { seq, at: messages.get(seq)!.at }
  }) ?? seqs.at(-1) ?? 0
}

export function createMemoryReading(state: MemoryState): ReadingStore {
  const forMember = <T>(id: string, reader: string, read: (conversation: MemoryConversation) => T): T | undefined => {
    const conversation = state.conversations.get(id)
    return conversation?.members.has(reader) ? copy(read(conversation)) : undefined
  }
  return {
    pinnedMessages: async (id, reader) => forMember(id, reader, conversation =>
      pinsOf(conversation).map(pin => ({ ...pin, message: conversation.messages.get(pin.seq)! }))),
    receiptsOf: async request => forMember(request.conversation, request.reader, conversation => receipts(state, conversation, request)),
    messageAt: async (id, reader, at) => forMember(id, reader, conversation => messageAt(conversation, at)),
  }
}
