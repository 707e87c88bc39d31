import { expect, it } from 'vitest'
import { AnchoredWindow } from '#parley/composables/timeline/anchored-window.ts'
import type { ViewState } from '#parley/composables/timeline/window-range.ts'

/** A box that scrolls as a browser's does: its offset stays within its content. */
function scrolling(size: { view: number, content: number }): HTMLElement {
  const box = document.createElement('div')
  let top = 0
  Object.defineProperties(box, {
    clientHeight: { get: () => size.view },
    scrollHeight: { get: () => size.content },
    scrollTop: { get: () => top, set: (wish: number) => { top = Math.max(0, Math.min(wish, size.content - size.view)) } },
  })
  return box
}

it('[U-S2] a phone that is turned shows the newest message still: what the browser does about the new size is no scroll of the reader\'s', () => {
  const size = { view: 652, content: 4_198 }
  const box = scrolling(size)
  const seen: ViewState[] = []
  const view = new AnchoredWindow<{ key: string }>({
    scroller: () => box, list: () => null, estimate: () => 42, isRow: () => true, onRange: () => {}, onView: state => void seen.push(state), onCalm: () => {},
  })
  view.take(Array.from({ length: 100 }, (_, index) => ({ key: `m${index}` })))
  view.settle()
  expect(box.scrollTop).toBe(3_546)
  // The wider page first: shorter rows, and the browser keeps the offset within them. Then the lower one; its event comes after both.
  size.content = 3_391
  box.scrollTop = 3_546
  size.view = 198
  view.scrolled()
  view.settle(false)
  expect(box.scrollTop).toBe(3_193)
  expect(seen.at(-1)).toMatchObject({ atBottom: true, moved: false })

  // At rest again, a scroll is the reader's.
  box.scrollTop = 1_000
  view.scrolled()
  view.settle(false)
  expect(box.scrollTop).toBe(1_000)
  expect(seen.at(-1)).toMatchObject({ atBottom: false })
  view.dispose()
})
