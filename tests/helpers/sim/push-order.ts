import type { ServerFrame } from '#parley/shared/protocol/index.ts'

/**
 * Holds the pushes of one connection against O3 and W1: after the heads it was told, each conversation's events come one by one,
 * without a hole and without a double. The client would pull what is missing, and so hide that the server broke its rule.
 */
export function createPushOrder(wrong: (violation: string) => void): (frame: ServerFrame) => void {
  const last = new Map<string, number>()
  return (frame) => {
    // A join, a leave, or a summary that may stand for one: the next event says where the pushes begin.
    if (frame.type === 'conversation') last.delete(frame.conversation.id)
    if (frame.type === 'removed') last.delete(frame.conversation)
    if (frame.type === 'welcome' || frame.type === 'heads') for (const [conversation, [head]] of Object.entries(frame.heads)) last.set(conversation, head)
    if (frame.type !== 'event') return
    const { conversation, event: { seq } } = frame
    const before = last.get(conversation)
    if (before !== undefined && seq !== before + 1) wrong(`[O3] a connection was pushed seq ${seq} of ${conversation} right after ${before}`)
    last.set(conversation, seq)
  }
}
