import type { ShallowRef } from 'vue'

/** Least distance of a menu from the edge of the screen, px. */
const edge = 8

/**
 * A menu at a point of the screen, in the top layer so that no scrolling box clips it: placed within the screen, arrow keys between its
 * items, closed by Escape, a press outside, or a scroll; the focus then returns to where it was.
 */
export function usePopupMenu(menu: Readonly<ShallowRef<HTMLElement | null>>, at: () => { x: number, y: number }, close: () => void) {
  const style = ref<{ left: string, top: string }>({ left: '0px', top: '0px' })
  let before: Element | null = null
  let returnFocus = true

  const items = (): HTMLElement[] => [...menu.value?.querySelectorAll<HTMLElement>('button') ?? []]
  const focusFirst = (): void => items()[0]?.focus({ preventScroll: true })

  function place(): void {
    const box = menu.value?.getBoundingClientRect()
    if (box === undefined) return
    const { x, y } = at()
    const left = x + box.width + edge > window.innerWidth ? x - box.width : x
    const top = y + box.height + edge > window.innerHeight ? y - box.height : y
    const within = (value: number, size: number, room: number): string => `${Math.max(edge, Math.min(value, room - size - edge))}px`
    style.value = { left: within(left, box.width, window.innerWidth), top: within(top, box.height, window.innerHeight) }
  }

  function onKeydown(event: KeyboardEvent): void {
    const all = items()
    const current = all.findIndex(item => item === document.activeElement)
    const steps: Record<string, number | undefined> = { ArrowDown: current + 1, ArrowRight: current + 1, ArrowUp: current - 1, ArrowLeft: current - 1, Home: 0, End: all.length - 1 }
    const step = steps[event.key]
    if (event.key === 'Escape' || event.key === 'Tab') close()
    else if (step !== undefined) all.at(step % all.length)?.focus({ preventScroll: true })
    else return
    event.preventDefault()
  }

  function onOutside(event: Event): void {
    if (event.target instanceof Node && menu.value?.contains(event.target)) return
    returnFocus = event.type !== 'pointerdown'
    close()
  }

  const outside = ['pointerdown', 'scroll', 'resize', 'blur'] as const
  onMounted(() => {
    before = document.activeElement
    menu.value?.showPopover?.()
    place()
    focusFirst()
    for (const name of outside) window.addEventListener(name, onOutside, { capture: name !== 'blur', passive: true })
  })
  onBeforeUnmount(() => {
    for (const name of outside) window.removeEventListener(name, onOutside, { capture: name !== 'blur' })
    if (returnFocus && before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true })
  })

  return { style, onKeydown, focusFirst }
}
