import { useEventListener, useResizeObserver } from '@vueuse/core'
import { nextTick, onMounted, ref, watch, type Ref } from 'vue'

/** Whether unread rows lie above or below what a scrolling list shows, and a way there (U-C3). */
export function useUnreadEdges(container: Readonly<Ref<HTMLElement | null>>, changed: () => unknown): { above: Ref<boolean>, below: Ref<boolean>, reveal(edge: 'above' | 'below'): void } {
  const above = ref(false)
  const below = ref(false)

  function beyond(edge: 'above' | 'below'): HTMLElement[] {
    const list = container.value
    if (list === null) return []
    const top = list.scrollTop
    const bottom = top + list.clientHeight
    return [...list.querySelectorAll<HTMLElement>('[data-attention="true"]')].filter((row) => {
      const middle = row.offsetTop + row.offsetHeight / 2
      return edge === 'above' ? middle < top : middle > bottom
    })
  }

  function measure(): void {
    above.value = beyond('above').length > 0
    below.value = beyond('below').length > 0
  }

  onMounted(measure)
  useEventListener(container, 'scroll', measure, { passive: true })
  useResizeObserver(container, measure)
  watch(changed, () => nextTick(measure))

  return {
    above,
    below,
    reveal(edge) {
      const rows = beyond(edge)
      const nearest = edge === 'above' ? rows.at(-1) : rows[0]
      const smooth = !window.matchMedia('(prefers-reduced-motion: reduce)').matches
      nearest?.scrollIntoView({ block: 'center', behavior: smooth ? 'smooth' : 'auto' })
    },
  }
}
