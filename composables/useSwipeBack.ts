import { useEventListener } from '@vueuse/core'
import type { Ref } from 'vue'

/** Px that a finger has to travel; less is a slip while scrolling. */
const distance = 90
/** From here to the edge the system's own back gesture reigns. */
const systemEdge = 24

/** A swipe to the right opens the list on a phone (U-L1). Not from a control, from text being selected, or from what scrolls sideways. */
export function useSwipeBack(enabled: Readonly<Ref<boolean>>, back: () => void): void {
  let start: { x: number, y: number } | undefined

  const scrollsSideways = (target: EventTarget | null) => {
    for (let node = target instanceof Element ? target : null; node !== null; node = node.parentElement) {
      if (node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflowX !== 'visible' && getComputedStyle(node).overflowX !== 'hidden') return true
    }
    return false
  }

  useEventListener('touchstart', (event: TouchEvent) => {
    const touch = event.touches.length === 1 ? event.touches[0] : undefined
    const target = event.target
    const typing = target instanceof Element && target.closest('textarea, input, [role="dialog"], [role="menu"]') !== null
    start = enabled.value && touch !== undefined && touch.clientX > systemEdge && !typing && !scrollsSideways(target) ? { x: touch.clientX, y: touch.clientY } : undefined
  }, { passive: true })
  useEventListener('touchend', (event: TouchEvent) => {
    const touch = event.changedTouches[0]
    if (start === undefined || touch === undefined || !(getSelection()?.isCollapsed ?? true)) return
    const across = touch.clientX - start.x
    if (across > distance && Math.abs(touch.clientY - start.y) < across / 2) back()
    start = undefined
  }, { passive: true })
}
