import type { LogEvent } from '#parley/shared/model.ts'
import type { AckFrame, Op } from '#parley/shared/protocol/index.ts'

/** Where the log holds an own op: of its ack, its event, or a page. */
export type Settlement = Pick<AckFrame, 'cid' | 'conversation' | 'seq' | 'at' | 'mentions' | 'content'>

/** The event that an own op became: its ack tells the rest (PROTOCOL 6). */
export function eventOf(op: Op, { seq, at, mentions, content }: Settlement, sender: string): LogEvent {
  const base = { seq, cid: op.cid, sender, at }
  const named = mentions === undefined ? {} : { mentions }
  switch (op.type) {
    case 'send': return { ...base, kind: 'message', content: content ?? op.content, ...(op.replyTo === undefined ? {} : { replyTo: op.replyTo }), ...named }
    case 'edit': return { ...base, kind: 'edit', target: op.target, content: content ?? op.content, ...named }
    case 'delete': return { ...base, kind: 'delete', target: op.target }
    case 'react': return { ...base, kind: 'reaction', target: op.target, emoji: op.emoji, on: op.on }
  }
}
