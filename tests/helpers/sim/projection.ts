import type { Content, LogEvent, MemberEvent, MetaEvent } from '#parley/shared/model.ts'

/**
 * What a log means to a reader, worked out again from the protocol alone: neither the store's nor the client's code is used, since an
 * oracle that shares a mistake with what it judges sees nothing.
 */
export type ExpectedRow
  = | { kind: 'message', seq: number, cid: string, sender: string, at: number, content?: Content, replyTo?: number, edited: boolean, deletedBy?: string, reactions: Map<string, string[]> }
    | { kind: 'notice', seq: number, cid: string, sender: string, at: number, event: MemberEvent | MetaEvent }

export function project(events: readonly LogEvent[]): ExpectedRow[] {
  const rows = new Map<number, ExpectedRow>()
  const message = (target: number) => {
    const row = rows.get(target)
    return row?.kind === 'message' && row.deletedBy === undefined ? row : undefined
  }
  for (const event of events) {
    const { seq, cid, sender, at } = event
    switch (event.kind) {
      case 'message':
        rows.set(seq, {
          kind: 'message', seq, cid, sender, at, edited: false, reactions: new Map(),
          ...(event.content ? { content: event.content } : {}), ...(event.replyTo === undefined ? {} : { replyTo: event.replyTo }),
        })
        break
      case 'edit': {
        const row = message(event.target)
        if (!row) break
        row.edited = true
        if (event.content) row.content = event.content
        break
      }
      case 'delete': {
        const row = message(event.target)
        if (!row) break
        delete row.content
        row.deletedBy = sender
        row.reactions = new Map()
        break
      }
      case 'reaction': react(message(event.target)?.reactions, event.emoji, sender, event.on)
        break
      case 'member':
      case 'meta': rows.set(seq, { kind: 'notice', seq, cid, sender, at, event })
    }
  }
  return [...rows.values()]
}

function react(reactions: Map<string, string[]> | undefined, emoji: string, user: string, on: boolean): void {
  const users = (reactions?.get(emoji) ?? []).filter(other => other !== user || on)
  if (on && !users.includes(user)) users.push(user)
  if (users.length > 0) reactions?.set(emoji, users)
  else reactions?.delete(emoji)
}
