import type { FirstPaintViewer } from '#parley/server/chat/first-paint-port.ts'
import { firstPaintText } from '#parley/server/chat/first-paint-port.ts'
import type { Store } from '#parley/server/chat/ports.ts'
import { listed, namedUsers } from '#parley/server/storage/first-paint-view.ts'
import { summaryOf, userSummary } from '#parley/server/storage/memory/conversations.ts'
import { history } from '#parley/server/storage/memory/log.ts'
import type { MemoryState } from '#parley/server/storage/memory/state.ts'
import type { ConversationSummary } from '#parley/shared/model.ts'

const activeAt = ({ createdAt, lastMessage }: ConversationSummary): number => Math.max(createdAt, lastMessage?.at ?? 0)

/** As lists are sorted; what is hidden comes last. */
const inListOrder = (a: ConversationSummary, b: ConversationSummary): number =>
  Number(a.hidden) - Number(b.hidden) || Number(b.pinned) - Number(a.pinned) || activeAt(b) - activeAt(a)

function userOf(state: MemoryState, viewer: FirstPaintViewer): string | undefined {
  if ('user' in viewer) return viewer.user
  return 'login' in viewer ? state.logins.get(viewer.login)?.user : [...state.apiTokens.values()].find(({ hash }) => hash === viewer.token)?.user
}

export function createMemoryFirstPaint(state: MemoryState): Pick<Store, 'firstPaint'> {
  return {
    async firstPaint({ viewer, conversation: id, around, conversations: most, messages }) {
      const user = userOf(state, viewer)
      if (user === undefined) return undefined
      const opened = id === undefined ? undefined : state.conversations.get(id)
      if (id !== undefined && !opened?.members.has(user)) return undefined
      const page = opened && history(opened, { conversation: opened.id, limit: messages, ...(around === undefined ? {} : { around }) })
      const own = [...state.conversations.values()].filter(({ members }) => members.has(user)).map(conversation => summaryOf(state, conversation, user))
      const conversations = own.sort((a, b) => Number(b.id === id) - Number(a.id === id) || inListOrder(a, b)).slice(0, most)
        .map(summary => summary.id === id ? summary : listed(summary))
      const users = namedUsers(conversations, page).flatMap(name => state.users.get(name) ?? []).map(userSummary)
      return firstPaintText(user, JSON.stringify({ conversations, users, ...(page === undefined ? {} : { page }) }))
    },
  }
}
