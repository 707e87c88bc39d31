/** What the watch needs of a connection. */
export interface Buffered {
  /** Bytes on their way to the peer. */
  readonly buffered: number
  readonly lagging: boolean
  overBudget(): void
}

/**
 * L3, last clause: many connections below their own budget can still hold too much together. Then the fullest are treated as over it,
 * until those that are left hold little enough.
 *
 * @param total bytes that all connections may hold together
 */
export function enforceTotal(connections: Iterable<Buffered>, total: number): void {
  const full: { connection: Buffered, bytes: number }[] = []
  let sum = 0
  for (const connection of connections) {
    const bytes = connection.buffered
    if (bytes === 0) continue
    sum += bytes
    full.push({ connection, bytes })
  }
  if (sum <= total) return
  full.sort((a, b) => b.bytes - a.bytes)
  for (const { connection, bytes } of full) {
    if (sum <= total) return
    if (!connection.lagging) connection.overBudget()
    sum -= bytes
  }
}
