import type { Message } from '#parley/shared/model.ts'
import type { SearchHit } from '#parley/shared/http.ts'
import type { ConversationStore } from '#parley/server/chat/ports.ts'
import type { SearchRequest } from '#parley/server/chat/search-request.ts'
import { foldText } from '#parley/shared/fold.ts'
import { compareText } from '#parley/server/storage/compare-text.ts'
import { marksOf } from '#parley/server/storage/content-marks.ts'
import { userSummary } from '#parley/server/storage/memory/conversations.ts'
import type { MemoryState } from '#parley/server/storage/memory/state.ts'
import type { MemoryWrites } from '#parley/server/storage/memory/writes.ts'
import { matches, parseQuery } from '#parley/server/storage/search-query.ts'
import { readCursor } from '#parley/server/storage/search-cursor.ts'
import { searchableText } from '#parley/server/storage/searchable-text.ts'
import { makeSnippet } from '#parley/server/storage/snippet.ts'

type PeopleStore = Pick<ConversationStore, 'contactsOf' | 'findUsers' | 'usersById' | 'saveLastSeen' | 'lastSeenOf' | 'setBlock' | 'search'>

function passesFilters(state: MemoryState, { sender, at, content }: Message, { from, has = [], since = 0, until = Infinity }: SearchRequest): boolean {
  const marks = marksOf(content)
  return has.every(mark => marks.includes(mark)) && (from === undefined || state.users.get(sender)?.usernameKey === foldText(from)) && at >= since && at < until
}

function search(state: MemoryState, request: SearchRequest): { hits: SearchHit[], next?: string } {
  const terms = parseQuery(request.query)
  if (terms.length === 0 && !request.has?.length) return { hits: [] }
  const hits: SearchHit[] = []
  for (let at = Math.min(readCursor(request.cursor), state.arrivals.length + 1) - 1; at >= 1; at--) {
    const { conversation: id, seq } = state.arrivals[at - 1]!
    const conversation = state.conversations.get(id)!
    if (!conversation.members.has(request.user) || (request.conversation !== undefined && id !== request.conversation)) continue
    const message = conversation.messages.get(seq)!
    const text = searchableText(message.content)
    if ((terms.length > 0 && !matches(terms, text)) || !passesFilters(state, message, request)) continue
    if (hits.length === request.limit) return { hits, next: String(at + 1) }
    hits.push({ conversation: id, seq, sender: message.sender, at: message.at, snippet: makeSnippet(text, terms) })
  }
  return { hits }
}

export function createMemoryPeople(state: MemoryState, writes: MemoryWrites): PeopleStore {
  return {
    async contactsOf(user) {
      const shared = [...state.conversations.values()].filter(({ members }) => members.has(user))
      const contacts = new Set(shared.flatMap(({ members }) => [...members.keys()]))
      contacts.delete(user)
      return [...contacts].toSorted(compareText)
    },
    async findUsers(query, limit) {
      const part = foldText(query.trim())
      const found = [...state.users.values()].filter(user => !user.disabled && (user.usernameKey.includes(part) || foldText(user.displayName).includes(part)))
      return found.toSorted((left, right) => compareText(left.usernameKey, right.usernameKey)).slice(0, limit).map(userSummary)
    },
    usersById: async ids => [...new Set(ids)].map(id => state.users.get(id)).filter(user => user !== undefined).map(userSummary),
    saveLastSeen: (id, at) => writes.run(() => {
      const user = state.users.get(id)
      if (user && !user.hides?.presence && !user.deleted) user.lastSeen = Math.max(user.lastSeen ?? 0, at)
    }),
    async lastSeenOf(ids) {
      const seen = [...new Set(ids)].map(id => [id, state.users.get(id)?.lastSeen] as const)
      return new Map(seen.filter((entry): entry is [string, number] => entry[1] !== undefined))
    },
    setBlock: (user, blocked, on) => writes.run(() => {
      const blocks = state.blocks.get(user) ?? new Set()
      if (on) blocks.add(blocked)
      else blocks.delete(blocked)
      state.blocks.set(user, blocks)
    }),
    search: async request => search(state, request),
  }
}
