/**
 * Long-press and right-click on a message (U-M1). A selection or a link keeps the browser's own menu (U-M2).
 *
 * @param open opens the menu of a row at a screen position, px
 */
export function useMessageGestures(open: (menu: { cid: string, x: number, y: number }) => void) {
  return useMenuGestures((target) => {
    const element = target.closest<HTMLElement>('[data-menu]')
    const key = element?.dataset.cid
    return element === null || key === undefined ? undefined : { element, key }
  }, ({ key, x, y }) => open({ cid: key, x, y }), target => target.closest('a') !== null || document.getSelection()?.isCollapsed === false)
}
