import type { OutboxEntry } from '#parley/client/outbox.ts'

/** The order in which the ops of an outbox were made (S6). */
export function byOrder(a: OutboxEntry, b: OutboxEntry): number {
  const difference = (a.order ?? Number.MAX_VALUE) - (b.order ?? Number.MAX_VALUE)
  return difference === 0 ? a.local - b.local : difference
}

/** The order of the op made before: what could not be stored takes its place behind it by `local`. */
export function orderBefore(entries: readonly OutboxEntry[], entry: OutboxEntry): number {
  return entries.reduce((order, other) => other.local < entry.local ? Math.max(order, other.order ?? 0) : order, 0)
}

/** The entries as older than all that an empty disk will number from the start; their own order stays. */
export function beforeAll(entries: readonly OutboxEntry[]): OutboxEntry[] {
  const past = 1 + entries.reduce((most, { order }) => Math.max(most, order ?? 0), 0)
  return entries.map(entry => entry.order === undefined ? entry : { ...entry, order: entry.order - past, kept: false })
}
