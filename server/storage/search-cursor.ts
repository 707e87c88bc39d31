/**
 * Reads the cursor of a search page: the arrival number that hits must stay below. It comes from a URL, so anything unreadable counts as
 * none.
 */
export function readCursor(cursor: string | undefined): number {
  const value = cursor !== undefined && /^\d{1,15}$/.test(cursor) ? Number(cursor) : 0
  return value > 0 ? value : Number.MAX_SAFE_INTEGER
}
