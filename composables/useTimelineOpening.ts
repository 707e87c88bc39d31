import type { Ref } from 'vue'
import type { TimelineSnapshot } from '#parley/client/types.ts'
import type { ScrollAnchor } from '#parley/composables/timeline/scroll-anchor.ts'
import type { FirstUnread } from '#parley/composables/timeline/unread-divider.ts'

export interface TimelineOpeningOptions {
  conversation: string
  snapshot: () => TimelineSnapshot
  unread: () => FirstUnread
  /** The view was sent to a message, by a permalink or a search: that goes before any place of its own. */
  aimed: () => boolean
  /** The user did something: the view is theirs from now on. */
  touched: Readonly<Ref<boolean>>
  show: (key: string, offset: number) => Promise<boolean>
  place: () => ScrollAnchor | 'bottom'
}

/** The divider stands here when a conversation opens, in parts of the view (U-S6): with some of what was read above it. */
const dividerPlace = 0.3

/**
 * Where a conversation opens: at the first unread message, else where the user left it, else at the end (U-S6).
 * @returns whether the view stands there; before that it only passes the end, and nothing there counts as reached
 */
export function useTimelineOpening(options: TimelineOpeningOptions): Readonly<Ref<boolean>> {
  const places = useState('timeline-places', () => new Map<string, ScrollAnchor>())
  const opened = ref(false)

  async function open(): Promise<void> {
    if (options.snapshot().rows.length === 0) return
    const unread = options.unread()
    const left = places.value.get(options.conversation)
    const divider = unread.place === 'row' ? `divider ${unread.cid}` : undefined
    if (options.aimed()) opened.value = true
    else if (divider !== undefined) await options.show(divider, dividerPlace)
    else if (!opened.value && left !== undefined) await options.show(left.key, left.offset)
    opened.value = true
  }

  watch(() => options.snapshot().rows.length > 0, () => {
    if (!opened.value) void open()
  }, { flush: 'post' })
  // Catch-up may bring the first unread message after the cached rows were shown.
  watch(() => options.unread(), (unread, before) => {
    if (opened.value && !options.touched.value && !options.aimed() && unread.place === 'row' && before.place !== 'row') void open()
  }, { flush: 'post' })
  onMounted(() => void open())
  onBeforeUnmount(() => {
    const place = options.place()
    if (place === 'bottom') places.value.delete(options.conversation)
    else places.value.set(options.conversation, place)
  })
  return readonly(opened)
}
