import type { Content } from '#parley/shared/model.ts'
import { markToken, marksOf } from '#parley/server/storage/content-marks.ts'
import { searchableText } from '#parley/server/storage/searchable-text.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { tokenText } from '#parley/server/storage/tokens.ts'

/**
 * The full-text index. It is filled behind the log, in arrival order, up to a mark that is stored with it: cutting words and merging
 * index pages would otherwise cost each send more than all the rest of it. A search fills it up first, so nothing is ever missing.
 */

/** Arrival number up to which messages are in the index. */
const indexedUpTo = (database: SqliteDatabase): number =>
  Number(database.get<{ value: string }>('select value from meta where name = \'indexed\'')?.value ?? 0)

const lastArrival = (database: SqliteDatabase): number => database.get<{ last: number | null }>('select max(arrival) as last from arrivals')?.last ?? 0

export const isIndexed = (database: SqliteDatabase, arrival: number): boolean => arrival <= indexedUpTo(database)

/** How many messages the index lags behind. */
export const unindexed = (database: SqliteDatabase): number => lastArrival(database) - indexedUpTo(database)

/** What the index holds of a content: its words and its marks. */
function tokensOf(content: Content | undefined): string {
  const words = tokenText(searchableText(content))
  const marks = marksOf(content).map(markToken)
  return marks.length === 0 ? words : [words, ...marks].join(' ')
}

export function indexContent(database: SqliteDatabase, arrival: number, content: Content | undefined): void {
  const tokens = tokensOf(content)
  if (tokens !== '') database.run('insert into message_index (rowid, body) values (?, ?)', arrival, tokens)
}

/** Takes a message out of the index. @param content exactly what was indexed: the index keeps no copy to look its words up by */
export function unindexContent(database: SqliteDatabase, arrival: number, content: Content | undefined): void {
  const tokens = tokensOf(content)
  if (tokens !== '') database.run('insert into message_index (message_index, rowid, body) values (\'delete\', ?, ?)', arrival, tokens)
}

type Unindexed = { arrival: number, body: string }

/** Puts the next messages into the index; inside a transaction. */
export function indexNext(database: SqliteDatabase, count: number): void {
  const rows = database.all<Unindexed>(`
    select a.arrival, coalesce(m.edited_body, m.body) as body from arrivals a join messages m on m.key = a.message
      where a.arrival > ? order by a.arrival limit ?`, indexedUpTo(database), count)
  for (const { arrival, body } of rows) {
    const { content } = JSON.parse(body) as { content?: Content }
    indexContent(database, arrival, content)
  }
  const last = rows.at(-1)
  if (last) database.run('update meta set value = ? where name = \'indexed\'', String(last.arrival))
}
