import type { Content, LogEvent, MemberEvent, MetaEvent } from '#parley/shared/model.ts'

/**
 * What a log means to a reader, worked out again from the protocol alone: neither the store's nor the client's code is used, since an
 * oracle that shares a mistake with what it judges sees nothing.
 */
export type ExpectedRow
  = | { kind: 'message', seq: number, cid: string, sender: string, at: number, content?: Content, mentions: string[], replyTo?: number, edited: boolean, deletedBy?: string, reactions: Map<string, string[]> }
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
          kind: 'message', seq, cid, sender, at, edited: false, reactions: new Map(), mentions: event.mentions ?? [],
          ...(event.content ? { content: event.content } : {}), ...(event.replyTo === undefined ? {} : { replyTo: event.replyTo }),
        })
        break
      case 'edit': {
        const row = message(event.target)
        if (!row) break
        row.edited = true
        row.mentions = event.mentions ?? []
        if (event.content) row.content = event.content
        break
      }
      case 'delete': {
        const row = message(event.target)
        if (!row) break
        delete row.content
        row.mentions = []
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

/** What a log says of its conversation beside the messages. */
export interface ExpectedConversation {
  /** Undefined: no event has changed it. */
  title?: string
  topic?: string
  /** In the order of their events (O7). */
  pins: ExpectedPin[]
  /** Pins that no server may let into a log. */
  forbidden: string[]
}

/** @property edited when the message was edited last; `since` = after it was pinned */
export interface ExpectedPin { seq: number, by: string, at: number, edited?: number, since: boolean }

const mostPins = 50

export function projectConversation(events: readonly LogEvent[]): ExpectedConversation {
  const all: ExpectedConversation = { pins: [], forbidden: [] }
  const messages = new Map<number, { edited?: number }>()
  for (const event of events) {
    if (event.kind === 'message') messages.set(event.seq, {})
    if (event.kind === 'edit' && messages.has(event.target)) {
      messages.set(event.target, { edited: event.at })
      all.pins = all.pins.map(pin => pin.seq === event.target ? { ...pin, edited: event.at, since: true } : pin)
    }
    if (event.kind === 'delete') {
      messages.delete(event.target)
      all.pins = all.pins.filter(({ seq }) => seq !== event.target)
    }
    if (event.kind !== 'meta') continue
    if (event.title !== undefined) all.title = event.title
    if (event.topic !== undefined) all.topic = event.topic
    if (event.pin) pin(all, event.pin, event, messages.get(event.pin.seq))
  }
  return all
}

function pin(all: ExpectedConversation, { seq, on }: { seq: number, on: boolean }, { sender, at, seq: place }: LogEvent, message: { edited?: number } | undefined): void {
  all.pins = all.pins.filter(pin => pin.seq !== seq)
  if (!on) return
  if (!message) all.forbidden.push(`seq ${place} pins seq ${seq}, where no message stands`)
  if (all.pins.length >= mostPins) all.forbidden.push(`seq ${place} is one pin too many`)
  all.pins.push({ seq, by: sender, at, since: false, ...message })
}

function react(reactions: Map<string, string[]> | undefined, emoji: string, user: string, on: boolean): void {
  const users = (reactions?.get(emoji) ?? []).filter(other => other !== user || on)
  if (on && !users.includes(user)) users.push(user)
  if (users.length > 0) reactions?.set(emoji, users)
  else reactions?.delete(emoji)
}
