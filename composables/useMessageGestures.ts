export interface MessageGestureOptions {
  enabled: () => boolean
  /** Screen position, px. */
  open: (x: number, y: number) => void
}

/** Long enough not to be a slow tap; the time at which phones begin to select text. */
const longPress = 450

/** Long-press and right-click on a message (U-M1). A selection or a link keeps the browser's own menu (U-M2). */
export function useMessageGestures(options: MessageGestureOptions) {
  let timer: ReturnType<typeof setTimeout> | undefined

  function onTouchEnd(): void {
    if (timer !== undefined) clearTimeout(timer)
    timer = undefined
  }

  function onTouchStart(event: TouchEvent): void {
    onTouchEnd()
    const touch = event.touches[0]
    if (touch === undefined || event.touches.length > 1 || !options.enabled()) return
    const { clientX, clientY } = touch
    timer = setTimeout(() => options.open(clientX, clientY), longPress)
  }

  function onContextMenu(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target : undefined
    if (!options.enabled() || target?.closest('a') || document.getSelection()?.isCollapsed === false) return
    event.preventDefault()
    onTouchEnd()
    // Shift+F10 and the menu key come without a position.
    const box = event.currentTarget instanceof Element && event.clientX === 0 && event.clientY === 0 ? event.currentTarget.getBoundingClientRect() : undefined
    if (box === undefined) options.open(event.clientX, event.clientY)
    else options.open(box.left + box.width / 2, box.top + Math.min(box.height / 2, 40))
  }

  onBeforeUnmount(onTouchEnd)
  return { onTouchStart, onTouchEnd, onContextMenu }
}
