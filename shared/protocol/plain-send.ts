import { cidPattern } from '#parley/shared/cid.ts'
import type { SendOp } from '#parley/shared/protocol/client-frames.ts'
import { isCleanText } from '#parley/shared/protocol/content.ts'
import { limits } from '#parley/shared/protocol/limits.ts'

/** Longest id (PROTOCOL 1). */
const idLength = 64

const field = (value: object, name: string): unknown => (value as Record<string, unknown>)[name]

/**
 * The one frame of which a server reads ten thousand a second, a new message of plain text, without the schemas: they take several times
 * as long. It may only say yes; whatever it does not know goes to them (tests/shared/plain-send.test.ts holds both against each other).
 *
 * @param value parsed JSON
 * @returns undefined when the schemas have to judge
 */
export function plainSend(value: object): SendOp | undefined {
  const cid = field(value, 'cid')
  const conversation = field(value, 'conversation')
  const content = field(value, 'content')
  if (field(value, 'type') !== 'send' || field(value, 'replyTo') !== undefined) return undefined
  if (typeof cid !== 'string' || typeof conversation !== 'string' || typeof content !== 'object' || content === null) return undefined
  if (conversation.length === 0 || conversation.length > idLength || !cidPattern.test(cid) || field(content, 'type') !== 'text') return undefined
  const text = field(content, 'text')
  // Code points are never more than UTF-16 units.
  if (typeof text !== 'string' || text.length > limits.textCodePoints || text.trim() === '' || !isCleanText(text)) return undefined
  return { type: 'send', cid, conversation, content: { type: 'text', text } }
}
