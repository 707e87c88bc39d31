import type { ConversationView, MessageRow, TimelineSnapshot } from '#parley/client/types.ts'
import type { DisplayList } from '#parley/composables/timeline/display-items.ts'
import { displayItems, rowOfSeq } from '#parley/composables/timeline/display-items.ts'
import type { DividerState } from '#parley/composables/timeline/unread-divider.ts'
import { countsAsUnread, firstUnread, lastSeq, nextDivider } from '#parley/composables/timeline/unread-divider.ts'

export interface TimelineRowsOptions {
  snapshot: () => TimelineSnapshot
  conversation: () => ConversationView
  dayOf: () => (at: number) => string
  /** The user does not see the end of the timeline: scrolled up, hidden or blurred. */
  away: () => boolean
  /** The last seq that the user has seen. */
  seen: () => number
  /** Others' new messages, in order. */
  arrived: (rows: readonly MessageRow[]) => void
  /** The user sent something from this page (U-S3). */
  sent: () => void
}

/** How long after opening what arrives may still be the catch-up of messages written before. */
const openingPhase = 3_000

const arrivals = (snapshot: TimelineSnapshot, above: number): (MessageRow & { seq: number })[] => {
  const rows: (MessageRow & { seq: number })[] = []
  for (let index = snapshot.rows.length - 1; index >= 0; index--) {
    const row = snapshot.rows[index]
    if (row === undefined) continue
    if (row.seq !== undefined && row.seq <= above) break
    if (countsAsUnread(row)) rows.unshift(row)
  }
  return rows
}

/** Cid of the newest row that is not acknowledged. */
function newestUnconfirmed(snapshot: TimelineSnapshot): MessageRow | undefined {
  const row = snapshot.rows.at(-1)
  return row?.kind === 'message' && row.seq === undefined ? row : undefined
}

const opening = ({ unread, readSeq, unreadFrom }: ConversationView): DividerState => nextDivider({}, { type: 'opened', unread, readSeq, unreadFrom })

/** The rows of a timeline as display items, and the unread divider, which depends on what the user did when they arrived (U-R2). */
export function useTimelineRows(options: TimelineRowsOptions) {
  const openedAt = Date.now()
  const divider = shallowRef<DividerState>(opening(options.conversation()))
  /** The user scrolled, typed or clicked: what arrives now is news, not the catch-up of the opening. */
  const touched = ref(false)

  watch(options.snapshot, (next, previous) => {
    if (next.generation !== previous.generation || previous.status !== 'ready') return
    const own = newestUnconfirmed(next)
    if (own !== undefined && own.at >= openedAt && !previous.rows.some(row => row.cid === own.cid)) {
      divider.value = nextDivider(divider.value, { type: 'sent' })
      touched.value = true
      options.sent()
    }
    if (previous.hasNewer || previous.rows.length === 0) return
    const above = lastSeq(previous.rows)
    const news = arrivals(next, above)
    const first = news[0]
    if (first === undefined) return
    const catchUp = !touched.value && Date.now() - openedAt < openingPhase && first.at <= openedAt
    divider.value = nextDivider(divider.value, catchUp
      ? { type: 'caught-up', first: first.seq }
      : { type: 'arrived', first: first.seq, previous: above, away: options.away(), seen: options.seen() })
    options.arrived(news)
  }, { flush: 'sync' })

  // Marked here or in another tab while this one shows it: the line moves there. That the mark goes is no reason: it went for an opening.
  watch(() => options.conversation().unreadFrom, (mark) => {
    if (mark !== undefined) divider.value = nextDivider(divider.value, { type: 'marked', from: mark })
  })

  const unread = computed(() => firstUnread(options.snapshot().rows, divider.value.after, options.snapshot().hasOlder))
  const dividerBefore = computed(() => unread.value.place === 'row' ? unread.value.cid : undefined)
  const list = computed<DisplayList>(old => displayItems(options.snapshot().rows, {
    dayOf: options.dayOf(),
    dividerBefore: dividerBefore.value,
    gapBefore: options.snapshot().gapBefore,
  }, old))

  return {
    items: () => list.value.items,
    unread,
    /** Seq above which everything is unread, while the divider stands. */
    unreadAfter: computed(() => divider.value.after),
    /** Key of the marked hole, when there is one. */
    gapKey: computed(() => {
      const { rows, gapBefore } = options.snapshot()
      const row = gapBefore === undefined ? undefined : rowOfSeq(rows, gapBefore)
      return row === undefined ? undefined : `gap ${row.cid}`
    }),
    touched: readonly(touched),
    touch: (): void => {
      touched.value = true
    },
  }
}
