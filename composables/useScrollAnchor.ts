import type { ShallowRef } from 'vue'
import type { AnchoredWindowOptions } from '#parley/composables/timeline/anchored-window.ts'
import { AnchoredWindow } from '#parley/composables/timeline/anchored-window.ts'
import type { ViewState, WindowRange } from '#parley/composables/timeline/window-range.ts'

export interface ScrollAnchorOptions<T extends { key: string }> extends Pick<AnchoredWindowOptions<T>, 'estimate' | 'isRow' | 'firstMargin'> {
  scroller: Readonly<ShallowRef<HTMLElement | null>>
  list: Readonly<ShallowRef<HTMLElement | null>>
  items: () => readonly T[]
  /** After each change of what is in view. */
  onView?: (view: ViewState) => void
  /** After each render, with what is in the DOM now; not while rows pass by faster than anyone reads. */
  onRendered?: (elements: readonly HTMLElement[]) => void
}

/** A windowed list in a component: which items to render, and the place of the reader held through every change (U-S1, U-S2). */
export function useScrollAnchor<T extends { key: string }>(options: ScrollAnchorOptions<T>) {
  const range = shallowRef<WindowRange>({ start: 0, end: 0 })
  const atBottom = ref(true)
  const far = ref(false)
  const view = new AnchoredWindow<T>({
    scroller: () => options.scroller.value,
    list: () => options.list.value,
    estimate: options.estimate,
    isRow: options.isRow,
    firstMargin: options.firstMargin,
    onRange: (next) => { range.value = next },
    onView(state) {
      atBottom.value = state.atBottom
      far.value = state.far
      options.onView?.(state)
    },
    // What was rendered last in the burst stays as it is, when there is no more above.
    onCalm: () => observe(),
  })
  /** The same array while the items in the DOM are the same, wherever in the list they are now. */
  const rendered = computed<readonly T[]>((before) => {
    const next = options.items().slice(range.value.start, range.value.end)
    return before?.length === next.length && next.every((item, index) => item === before[index]) ? before : next
  })

  // A range asked for inside a resize callback would render items that the same callback must observe: the browser calls that a loop.
  let pending: number | undefined
  const onResize = (): void => {
    view.settle(false)
    pending ??= requestAnimationFrame(() => {
      pending = undefined
      view.cover()
    })
  }
  const resizes = typeof ResizeObserver === 'undefined' ? undefined : new ResizeObserver(onResize)
  const observed = new Set<Element>()

  /** In a burst not: to watch a row costs as much as to render its text, and the next frame brings others. */
  function observe(): void {
    if (view.hurried) return
    const elements = view.elements()
    options.onRendered?.(elements)
    const present = new Set<Element>(elements)
    if (options.scroller.value !== null) present.add(options.scroller.value)
    for (const element of observed) {
      if (present.has(element)) continue
      resizes?.unobserve(element)
      observed.delete(element)
    }
    for (const element of present) {
      if (observed.has(element)) continue
      resizes?.observe(element)
      observed.add(element)
    }
  }

  function afterRender(): void {
    view.settle()
    observe()
  }

  watch(options.items, items => view.take(items), { immediate: true, flush: 'pre' })
  watch([rendered, options.items], ([next], [before]) => next === before ? view.keep() : afterRender(), { flush: 'post' })
  onMounted(afterRender)
  onBeforeUnmount(() => {
    resizes?.disconnect()
    if (pending !== undefined) cancelAnimationFrame(pending)
    view.dispose()
  })

  /** Shows an item; see AnchoredWindow.toItem. */
  async function show(key: string, offset: number): Promise<boolean> {
    if (!view.toItem(key, offset)) return false
    await nextTick()
    view.arrive()
    return true
  }

  return { view, rendered, range: readonly(range), atBottom: readonly(atBottom), far: readonly(far), show }
}
