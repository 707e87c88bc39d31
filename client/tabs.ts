import * as v from 'valibot'
import type { Environment } from '#parley/client/environment.ts'

const seq = v.number()
const tabMessage = v.variant('type', [
  /** The shared outbox changed: look there; `discarded` ops are gone. */
  v.object({ type: v.literal('outbox'), discarded: v.array(v.string()) }),
  /** A file to be sent came, went or got further: look at the shared storage. */
  v.object({ type: v.literal('uploads') }),
  /** Ops that the server confirmed to one tab; as good as the ack itself for those that know the same history (W4). */
  v.object({ type: v.literal('settled'), epoch: v.string(), acks: v.array(v.object({ cid: v.string(), conversation: v.string(), seq, at: v.number(), mentions: v.optional(v.array(v.string())) })) }),
  v.object({
    type: v.literal('draft'), conversation: v.string(),
    draft: v.optional(v.object({ text: v.string(), replyTo: v.optional(seq), savedAt: v.number() })),
  }),
  /** The account logged out on this device: its data is gone and must not be written back (X33). */
  v.object({ type: v.literal('erased') }),
])

/** What the tabs of one account tell each other. Only hints: a lost one costs time, never a message. */
export type TabMessage = v.InferOutput<typeof tabMessage>

export interface Tabs {
  tell(message: TabMessage): void
  close(): void
}

/** Opens the channel between the tabs of `account`; what does not fit its schema (another version's tab) is ignored. */
export function openTabs(environment: Environment, account: string, listener: (message: TabMessage) => void): Tabs {
  const channel = environment.channel(`parley:${account}`)
  const off = channel.on((message) => {
    const parsed = v.safeParse(tabMessage, message)
    if (parsed.success) listener(parsed.output)
  })
  return {
    tell: message => channel.post(message),
    close() {
      off()
      channel.close()
    },
  }
}
