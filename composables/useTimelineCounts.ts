import type { TimelineSnapshot } from '#parley/client/types.ts'
import type { DisplayItem } from '#parley/composables/timeline/display-items.ts'
import type { FirstUnread } from '#parley/composables/timeline/unread-divider.ts'
import { countAbove, lastSeq } from '#parley/composables/timeline/unread-divider.ts'

export interface TimelineCountsOptions {
  snapshot: () => TimelineSnapshot
  readSeq: number
  unread: () => FirstUnread
  /** The last seq seen. */
  told: () => number
  distance: (key: string) => number | undefined
  topItem: () => DisplayItem | undefined
}

/** What the buttons around a timeline say: new below, first unread above, not sent. */
export function useTimelineCounts(options: TimelineCountsOptions) {
  /** The newest seq when the end was last in view. */
  const below = ref(options.readSeq)
  const newestSeq = computed(() => lastSeq(options.snapshot().rows))
  const count = computed(() => countAbove(options.snapshot().rows, below.value))
  const failed = computed(() => {
    const cids: string[] = []
    for (const row of options.snapshot().rows.slice(-200)) if (row.kind === 'message' && row.state === 'failed') cids.push(row.cid)
    return cids
  })
  const hiddenUnread = ref(false)

  /** Whether the first unread message lies above the view and was not seen yet. */
  function lookForUnread(): void {
    const first = options.unread()
    if (first.place !== 'row') {
      hiddenUnread.value = first.place === 'above'
      return
    }
    const distance = options.distance(first.cid)
    const top = options.topItem()
    const topSeq = top?.kind === 'message' ? top.row.seq ?? Infinity : top?.kind === 'notices' ? top.rows[0]?.seq ?? 0 : 0
    hiddenUnread.value = options.told() < first.seq && (distance === undefined ? topSeq > first.seq : distance < -20)
  }

  return { below, newestSeq, count, failed, hiddenUnread: readonly(hiddenUnread), lookForUnread }
}
