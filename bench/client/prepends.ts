import type { Page } from 'playwright-core'

/** Prepends of history above a reader, and how far the row that they look at moved in any painted frame, px. */
export interface Prepends { made: number, moved: number[] }

/**
 * From now on every third row that enters the DOM grows by 40–240 px some 20–150 ms later, as a picture without a reserved box does
 * when it arrives: the hardest case, since real ones reserve theirs.
 */
export async function lateImages(page: Page): Promise<void> {
  await page.evaluate(() => {
    let number = 0
    const list = document.querySelector('[data-testid="timeline"] [role="feed"]')!
    new MutationObserver((records) => {
      for (const node of records.flatMap(record => [...record.addedNodes])) {
        if (!(node instanceof HTMLElement) || node.dataset['key'] === undefined || ++number % 3 !== 0) continue
        const image = document.createElement('div')
        image.style.height = `${40 + (number * 37) % 200}px`
        // Within a frame: between two frames a measurement would see what is never painted.
        setTimeout(() => requestAnimationFrame(() => node.append(image)), 20 + (number * 53) % 130)
      }
    }).observe(list, { childList: true })
  })
}

/** One page of history: the reader scrolls near the upper edge and stays; what is painted until all has settled is measured. */
function prependOnce(): Promise<number> {
  const scroller = document.querySelector<HTMLElement>('[data-testid="timeline"]')!
  const list = scroller.querySelector<HTMLElement>('[role="feed"]')!
  const top = (row: Element) => row.getBoundingClientRect().top - scroller.getBoundingClientRect().top
  const painted = () => new Promise<void>(resolve => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => resolve()
    port2.postMessage(0)
  }))
  const run = async (): Promise<number> => {
    const landed = { at: 0 }
    let begun = false
    const watch = new MutationObserver(() => {
      if (list.getAttribute('aria-busy') === 'true') begun = true
      else if (begun) landed.at = performance.now()
    })
    watch.observe(list, { attributes: true, attributeFilter: ['aria-busy'] })
    scroller.scrollTop = Math.min(scroller.scrollTop - 1, 250)
    await painted()
    const row = [...list.querySelectorAll('[data-testid="message"]')].find(row => top(row) >= 0)!
    const place = top(row)
    let moved = 0
    const limit = performance.now() + 5_000
    while (landed.at === 0 || performance.now() - landed.at < 260) {
      await painted()
      if (row.isConnected) moved = Math.max(moved, Math.abs(top(row) - place))
      else moved = Infinity
      if (performance.now() > limit) break
    }
    watch.disconnect()
    return landed.at === 0 ? -1 : moved
  }
  return run()
}

/** Loads `count` pages of history by scrolling up. */
export async function prepends(page: Page, count: number): Promise<Prepends> {
  const moved: number[] = []
  for (let made = 0; made < count; made++) {
    const by = await page.evaluate(prependOnce)
    if (by === -1) break // the start of the conversation, or no page in five seconds
    moved.push(by)
  }
  return { made: moved.length, moved }
}
