/** How the reader stands in a list that the server wrote: at the end, some px above it, or with an item at a distance from the view's top. */
export type StillPlace = { at: 'end' } | { at: 'above', fromEnd: number } | { at: 'item', offset: number }

/**
 * Makes an ordinary list of one that the server wrote, and tells where the reader stands, so that nothing moves under them. Until now it is a
 * reversed column, whose end is in view without a script.
 *
 * @param target the item that the page opens at, where the browser can show it without a script
 */
export function leaveStill(box: HTMLElement, target: HTMLElement | undefined): StillPlace {
  const fromEnd = Math.max(0, -box.scrollTop)
  const offset = target === undefined ? Number.NaN : target.getBoundingClientRect().top - box.getBoundingClientRect().top
  box.classList.remove('still')
  if (offset >= 0 && offset < box.clientHeight * 0.95) return { at: 'item', offset }
  return fromEnd > 1 ? { at: 'above', fromEnd } : { at: 'end' }
}
