import type { DisplayItem } from '#parley/composables/timeline/display-items.ts'
import type { AnchoredWindow } from '#parley/composables/timeline/anchored-window.ts'

export interface TimelineFocusOptions {
  scroller: () => HTMLElement | null
  items: () => readonly DisplayItem[]
  rendered: () => readonly DisplayItem[]
  view: AnchoredWindow<DisplayItem>
  show: (key: string, offset: number) => Promise<boolean>
  toPresent: () => void
}

export const isRow = (item: DisplayItem): boolean => item.kind === 'message' || item.kind === 'notices'

/** One tab stop for the whole timeline, arrows between messages, End for the newest (U-A1). */
export function useTimelineFocus(options: TimelineFocusOptions) {
  const active = ref<string>()
  /** The row that Tab reaches: the one last used, or the newest in the DOM when that one is not there. */
  const tabStop = computed(() => {
    const rows = options.rendered().filter(isRow)
    return rows.find(item => item.key === active.value)?.key ?? rows.at(-1)?.key
  })

  async function focusRow(key: string): Promise<void> {
    active.value = key
    await nextTick()
    if (options.view.elementOf(key) === undefined) await options.show(key, 0.3)
    const element = options.view.elementOf(key)
    element?.focus({ preventScroll: true })
    element?.scrollIntoView({ block: 'nearest' })
  }

  function step(by: 1 | -1): void {
    const items = options.items()
    const from = items.findIndex(item => item.key === tabStop.value)
    for (let index = from + by; index >= 0 && index < items.length; index += by) {
      const item = items[index]
      if (item !== undefined && isRow(item)) return void focusRow(item.key)
    }
  }

  function onKeydown(event: KeyboardEvent): void {
    const target = event.target
    const onRow = target === options.scroller() || (target instanceof HTMLElement && target.dataset.key !== undefined)
    if (!onRow || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'ArrowDown') step(1)
    else if (event.key === 'ArrowUp') step(-1)
    else if (event.key === 'End') {
      options.toPresent()
      const last = options.items().findLast(isRow)
      if (last !== undefined) void focusRow(last.key)
    }
    else return
    event.preventDefault()
  }

  function onFocusin(event: FocusEvent): void {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-key]') : null
    if (row?.dataset.key !== undefined) active.value = row.dataset.key
  }

  // A row that leaves the window takes the focus with it; the list keeps it, and arrows go on from the same message.
  watch(options.rendered, (next) => {
    const row = document.activeElement?.closest<HTMLElement>('[data-key]')
    if (row && options.scroller()?.contains(row) && !next.some(item => item.key === row.dataset.key)) options.scroller()?.focus({ preventScroll: true })
  }, { flush: 'pre' })

  return { tabStop, onKeydown, onFocusin }
}
