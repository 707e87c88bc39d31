/**
 * Heights of the items of a list, by key: what was measured, and an estimate for the rest. Keys and not indexes, because a hole that
 * fills, a discarded row or a moved divider shift every index below them, and heights kept by index would then belong to other rows.
 */
export interface RowHeights {
  setItems(items: readonly HeightItem[]): void
  /** Keeps the height of the item at `index`; px. */
  measure(index: number, height: number): void
  /** Px from the top of the list to the top of the item; of index `length`, the whole height. */
  offset(index: number): number
  /** The item at a distance from the top; within [0, length - 1]. */
  indexAt(offset: number): number
  total(): number
}

export interface HeightItem { key: string }

export function createRowHeights<T extends HeightItem>(estimate: (item: T) => number): Omit<RowHeights, 'setItems'> & { setItems(items: readonly T[]): void } {
  const measured = new Map<string, number>()
  let items: readonly T[] = []
  let heights: number[] = []
  let offsets = new Float64Array(1)
  /** Offsets up to and including this index are valid. */
  let valid = 0

  const heightOf = (item: T): number => measured.get(item.key) ?? estimate(item)

  function setItems(next: readonly T[]): void {
    const shorter = Math.min(items.length, next.length)
    let head = 0
    while (head < shorter && items[head]?.key === next[head]?.key) head++
    let tail = 0
    while (tail < shorter - head && items[items.length - 1 - tail]?.key === next[next.length - 1 - tail]?.key) tail++
    const middle = next.slice(head, next.length - tail).map(heightOf)
    heights = heights.slice(0, head).concat(middle, tail > 0 ? heights.slice(-tail) : [])
    if (offsets.length < next.length + 1) {
      const grown = new Float64Array(Math.ceil((next.length + 1) * 1.5))
      grown.set(offsets)
      offsets = grown
    }
    valid = Math.min(valid, head)
    items = next
    forget()
  }

  /** What passed by in a busy room does not come back under the same roof: kept for ever, its heights would outgrow the messages. */
  function forget(): void {
    if (measured.size < 2_000 + 2 * items.length) return
    const held = new Set(items.map(item => item.key))
    for (const key of measured.keys()) if (!held.has(key)) measured.delete(key)
  }

  function settle(index: number): void {
    for (let i = valid; i < index; i++) offsets[i + 1] = (offsets[i] ?? 0) + (heights[i] ?? 0)
    valid = Math.max(valid, index)
  }

  function offset(index: number): number {
    const within = Math.max(0, Math.min(index, items.length))
    settle(within)
    return offsets[within] ?? 0
  }

  return {
    setItems,
    offset,
    total: () => offset(items.length),
    measure(index, height) {
      const item = items[index]
      if (item === undefined || heights[index] === height) return
      measured.set(item.key, height)
      heights[index] = height
      valid = Math.min(valid, index)
    },
    indexAt(distance) {
      settle(items.length)
      let low = 0
      let high = Math.max(0, items.length - 1)
      while (low < high) {
        const middle = (low + high + 1) >> 1
        if ((offsets[middle] ?? 0) <= distance) low = middle
        else high = middle - 1
      }
      return low
    },
  }
}
