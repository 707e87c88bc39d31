/** Long enough not to be a slow tap; the time at which phones begin to select text. */
const longPress = 450

/** The row that an event happened in, if it offers a menu. */
function rowOf({ target }: Event): { element: HTMLElement, cid: string } | undefined {
  const element = target instanceof Element ? target.closest<HTMLElement>('[data-menu]') : null
  const cid = element?.dataset.cid
  return element === null || cid === undefined ? undefined : { element, cid }
}

/**
 * Long-press and right-click on a message (U-M1). A selection or a link keeps the browser's own menu (U-M2). Listens on the list, not on
 * each row: under a burst of messages five listeners a row would be a tenth of all work.
 *
 * @param open opens the menu of a row at a screen position, px
 */
export function useMessageGestures(open: (menu: { cid: string, x: number, y: number }) => void) {
  let timer: ReturnType<typeof setTimeout> | undefined

  function onTouchEnd(): void {
    if (timer !== undefined) clearTimeout(timer)
    timer = undefined
  }

  function onTouchStart(event: TouchEvent): void {
    onTouchEnd()
    const touch = event.touches[0]
    const row = rowOf(event)
    if (touch === undefined || event.touches.length > 1 || row === undefined) return
    const { clientX, clientY } = touch
    timer = setTimeout(() => open({ cid: row.cid, x: clientX, y: clientY }), longPress)
  }

  function onContextMenu(event: MouseEvent): void {
    const row = rowOf(event)
    if (row === undefined || (event.target instanceof Element && event.target.closest('a')) || document.getSelection()?.isCollapsed === false) return
    event.preventDefault()
    onTouchEnd()
    // Shift+F10 and the menu key come without a position.
    const box = event.clientX === 0 && event.clientY === 0 ? row.element.getBoundingClientRect() : undefined
    if (box === undefined) open({ cid: row.cid, x: event.clientX, y: event.clientY })
    else open({ cid: row.cid, x: box.left + box.width / 2, y: box.top + Math.min(box.height / 2, 40) })
  }

  onBeforeUnmount(onTouchEnd)
  return { onTouchStart, onTouchEnd, onContextMenu }
}
