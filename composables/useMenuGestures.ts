/** Long enough not to be a slow tap; the time at which phones begin to select text. */
const longPress = 450

/** What a menu is asked for: `key` names it, `x` and `y` are where on the screen, px. */
export interface MenuRequest { key: string, x: number, y: number }

/**
 * Long-press, right-click, Shift+F10 and the menu key on the rows of a list. Listens on the list, not on each row: under a burst of
 * messages five listeners a row would be a tenth of all work.
 *
 * @param find the row that an event happened in, if it offers a menu
 * @param keepsNative whether a right-click there keeps the browser's own menu
 */
export function useMenuGestures(
  find: (target: Element) => { element: HTMLElement, key: string } | undefined,
  open: (menu: MenuRequest) => void,
  keepsNative: (target: Element) => boolean = () => false,
) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let opened = false

  const rowOf = ({ target }: Event) => target instanceof Element ? find(target) : undefined

  function onTouchEnd(event?: TouchEvent): void {
    clearTimeout(timer)
    timer = undefined
    // The finger that opened the menu must not press what is under it when it is lifted.
    if (opened && event?.type === 'touchend' && event.cancelable) event.preventDefault()
    opened = false
  }

  function onTouchStart(event: TouchEvent): void {
    onTouchEnd()
    const touch = event.touches[0]
    const row = rowOf(event)
    if (touch === undefined || event.touches.length > 1 || row === undefined) return
    const { clientX, clientY } = touch
    timer = setTimeout(() => {
      opened = true
      open({ key: row.key, x: clientX, y: clientY })
    }, longPress)
  }

  function onContextMenu(event: MouseEvent): void {
    const row = rowOf(event)
    if (row === undefined || (event.target instanceof Element && keepsNative(event.target))) return
    event.preventDefault()
    onTouchEnd()
    // Shift+F10 and the menu key come without a position.
    const box = event.clientX === 0 && event.clientY === 0 ? row.element.getBoundingClientRect() : undefined
    if (box === undefined) open({ key: row.key, x: event.clientX, y: event.clientY })
    else open({ key: row.key, x: box.left + box.width / 2, y: box.top + Math.min(box.height / 2, 40) })
  }

  onBeforeUnmount(onTouchEnd)
  return { onTouchStart, onTouchEnd, onContextMenu }
}
