import type { Content } from '#parley/shared/model.ts'
import type { ContentMark, SearchHit } from '#parley/shared/http.ts'
import { StoreUnavailable, type ConversationStore } from '#parley/server/chat/ports.ts'
import type { SearchRequest } from '#parley/server/chat/search-request.ts'
import { foldText } from '#parley/shared/fold.ts'
import { markToken } from '#parley/server/storage/content-marks.ts'
import { readCursor } from '#parley/server/storage/search-cursor.ts'
import { parseQuery, type SearchTerm } from '#parley/server/storage/search-query.ts'
import { makeSnippet } from '#parley/server/storage/snippet.ts'
import { searchableText } from '#parley/server/storage/searchable-text.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import type { IndexKeeper } from '#parley/server/storage/sqlite/index-keeper.ts'
import { seqOf } from '#parley/server/storage/sqlite/keys.ts'

type SearchPage = Awaited<ReturnType<ConversationStore['search']>>
type HitRow = { arrival: number, message: number, conversation: string, sender: string, at: number, body: string }

/** Tokens are letters, digits and marks only, so quoting them is all it takes (X28). */
const matchExpression = (terms: readonly SearchTerm[], has: readonly ContentMark[]): string =>
  [...terms.map(({ tokens, prefix }) => `"${tokens.join(' ')}"${prefix ? ' *' : ''}`), ...has.map(mark => `"${markToken(mark)}"`)].join(' AND ')

/** `cross join` holds the order of the joins: the index is read newest first and stopped as soon as the page is full. */
const newestHits = `
  select i.rowid as arrival, a.message, c.id as conversation, u.id as sender, m.at, coalesce(m.edited_body, m.body) as body
    from message_index i
    cross join arrivals a on a.arrival = i.rowid
    cross join members w on w.conversation = a.message >> 30 and w.user = (select num from users where id = ?)
    cross join conversations c on c.num = w.conversation
    cross join messages m on m.key = a.message
    cross join users u on u.num = m.sender
    where i.message_index match ? and i.rowid < ? and (? is null or c.id = ?) and (? is null or u.username_key = ?) and m.at >= ? and m.at < ?
    order by i.rowid desc limit ?`

function hitOfRow({ conversation, message, sender, at, body }: HitRow, terms: readonly SearchTerm[]): SearchHit {
  const { content } = JSON.parse(body) as { content?: Content }
  return { conversation, seq: seqOf(message), sender, at, snippet: makeSnippet(searchableText(content), terms) }
}

function readHits(database: SqliteDatabase, request: SearchRequest, terms: readonly SearchTerm[]): SearchPage {
  const only = request.conversation ?? null
  const from = request.from === undefined ? null : foldText(request.from)
  const { has = [], since = 0, until = Number.MAX_SAFE_INTEGER } = request
  const rows = database.all<HitRow>(newestHits, request.user, matchExpression(terms, has), readCursor(request.cursor), only, only, from, from, since, until, request.limit + 1)
  const following = rows[request.limit]
  return {
    hits: rows.slice(0, request.limit).map(row => hitOfRow(row, terms)),
    ...(following ? { next: String(following.arrival + 1) } : {}),
  }
}

export function createSqliteSearch(database: SqliteDatabase, keeper: IndexKeeper): Pick<ConversationStore, 'search'> {
  return {
    async search(request) {
      const terms = parseQuery(request.query)
      if (terms.length === 0 && !request.has?.length) return { hits: [] }
      try {
        await keeper.catchUp()
      }
      catch (error) {
        // While no write is taken, what is indexed can still be found.
        if (!(error instanceof StoreUnavailable)) throw error
      }
      return database.read(() => readHits(database, request, terms))
    },
  }
}
