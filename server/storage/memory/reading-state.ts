import type { Pin } from '#parley/shared/model.ts'
import { limits } from '#parley/shared/protocol/index.ts'
import { timedEvents } from '#parley/server/chat/reading-port.ts'
import type { MemoryConversation, MemoryMember } from '#parley/server/storage/memory/state.ts'

export function pinsOf({ pins, messages }: MemoryConversation): Pin[] {
  return [...pins].map(([seq, { by, at }]) => {
    const editedAt = messages.get(seq)?.editedAt
    return { seq, by, at, ...(editedAt === undefined ? {} : { editedAt }) }
  })
}

/** Keeps when a member's positions moved. */
export function keepTimes(conversation: MemoryConversation, user: string, before: MemoryMember, now: { readSeq: number, deliveredSeq: number }, at: number): void {
  if (conversation.members.size > limits.receiptMembers) return
  const times = conversation.receiptTimes
  if (now.deliveredSeq > before.deliveredSeq) times.push({ kind: 'delivered', seq: now.deliveredSeq, user, at })
  if (now.readSeq > before.readSeq) times.push({ kind: 'read', seq: now.readSeq, user, at })
  const oldest = conversation.events.length - timedEvents
  conversation.receiptTimes = times.filter(({ seq }) => seq >= oldest).sort((left, right) => left.seq - right.seq)
}
