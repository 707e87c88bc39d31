import type { LogEvent, MemberEvent, Message, MetaEvent } from '#parley/shared/model.ts'
import type { HeadEntry } from '#parley/shared/protocol/index.ts'
import type { HistoryRequest, HistoryResult, LogStore, PageRequest, PageResult } from '#parley/server/chat/ports.ts'
import { planPage } from '#parley/server/chat/page-plan.ts'
import { append } from '#parley/server/storage/memory/append.ts'
import { copy, type MemoryConversation, type MemoryState } from '#parley/server/storage/memory/state.ts'
import type { MemoryWrites } from '#parley/server/storage/memory/writes.ts'
import { emptyPageRange, fitBytes, maxNotices, planHistory } from '#parley/server/storage/paging.ts'

const cidAt = (conversation: MemoryConversation, seq: number): string | null => conversation.events[seq - 1]?.cid ?? null

function page(conversation: MemoryConversation, request: PageRequest): PageResult {
  const head = conversation.events.length
  const plan = planPage(request, head, cidAt(conversation, request.after))
  const events = fitBytes(copy(conversation.events.slice(plan.from - 1, plan.to)), request.maxBytes, plan.reset)
  if (plan.reset) return { events, head, more: false, reset: true }
  return { events, head, more: (events.at(-1)?.seq ?? request.after) < head }
}

function selectMessages(all: readonly Message[], request: HistoryRequest): Message[] {
  const plan = planHistory(request)
  switch (plan.kind) {
    case 'newest': return all.slice(-plan.limit)
    case 'before': return all.filter(message => message.seq < plan.before).slice(-plan.limit)
    case 'after': return all.filter(message => message.seq > plan.after).slice(0, plan.limit)
    case 'around': return [
      ...all.filter(message => message.seq <= plan.around).slice(-plan.limit),
      ...all.filter(message => message.seq > plan.around).slice(0, plan.limitAfter),
    ]
  }
}

const isNotice = (event: LogEvent): event is MemberEvent | MetaEvent => event.kind === 'member' || event.kind === 'meta'

export function history(conversation: MemoryConversation, request: HistoryRequest): HistoryResult {
  const head = conversation.events.length
  const all = [...conversation.messages.values()]
  const messages = selectMessages(all, request)
  const first = messages[0]?.seq ?? head + 1
  const last = messages.at(-1)?.seq ?? head
  const above = all.some(message => message.seq < first)
  const below = all.find(message => message.seq > last)
  const { from, to } = messages.length === 0 ? emptyPageRange(request, head) : { from: above ? first : 1, to: below ? below.seq - 1 : head }
  const notices = conversation.events.filter(isNotice).filter(event => event.seq >= from && event.seq <= to).slice(-maxNotices)
  return {
    messages: copy(messages),
    notices: copy(notices),
    head,
    tip: cidAt(conversation, head),
    ...(messages.length > 0 && above ? { before: first } : {}),
    ...(messages.length > 0 && below ? { after: last } : {}),
  }
}

export function createMemoryLog(state: MemoryState, writes: MemoryWrites): LogStore {
  const conversations = () => [...state.conversations.values()]
  return {
    append: request => writes.run(() => append(state, request)),
    async page(request) {
      const conversation = state.conversations.get(request.conversation)
      return conversation && page(conversation, request)
    },
    async range(id, from, to, limit) {
      const events = state.conversations.get(id)?.events ?? []
      return copy(events.filter(event => event.seq >= from && event.seq <= to).slice(0, limit))
    },
    async heads(user) {
      const own = conversations().filter(conversation => conversation.members.has(user))
      return Object.fromEntries(own.map(({ id, events, members }): [string, HeadEntry] =>
        [id, [events.length, members.get(user)!.readSeq, events.at(-1)?.cid ?? null]]))
    },
    async headsOf(ids) {
      const wanted = new Set(ids)
      return new Map(conversations().filter(({ id }) => wanted.has(id)).map(({ id, events }) => [id, events.length]))
    },
    async history(request) {
      const conversation = state.conversations.get(request.conversation)
      if (request.reader !== undefined && !conversation?.members.has(request.reader)) return undefined
      return conversation && JSON.stringify(history(conversation, request))
    },
  }
}
