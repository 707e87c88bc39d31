import type { ChatClient } from '#parley/client/types.ts'
import type { Op } from '#parley/shared/protocol/index.ts'

type WithoutCid<T> = T extends unknown ? Omit<T, 'cid'> : never

/** What a person wants done, before the client gives it a cid. */
export type NewOp = WithoutCid<Op>

/** Does it through the method of the client that is for it. */
export function issue(client: ChatClient, op: NewOp): { cid: string, stored: Promise<void> } {
  switch (op.type) {
    case 'send': return client.send(op.conversation, op.content, op.replyTo === undefined ? {} : { replyTo: op.replyTo })
    case 'edit': return client.edit(op.conversation, op.target, op.content)
    case 'delete': return client.remove(op.conversation, op.target)
    case 'react': return client.react(op.conversation, op.target, op.emoji, op.on)
  }
}
