import type { CDPSession, Page } from 'playwright-core'

/** What a page holds now. */
export interface PageSize { rows: number, domNodes: number, heapMiB: number }

/** Elements with an `aria-label` of a row or not: whatever stands for a row of the timeline. */
const rowSelector = '[data-testid="timeline"] [data-key]'

export async function sizeOf(page: Page, devtools: CDPSession): Promise<PageSize> {
  await devtools.send('HeapProfiler.collectGarbage')
  const { metrics } = await devtools.send('Performance.getMetrics')
  const of = (name: string) => metrics.find(metric => metric.name === name)?.value ?? 0
  return { rows: await page.locator(rowSelector).count(), domNodes: of('Nodes'), heapMiB: of('JSHeapUsedSize') / 1_048_576 }
}

/** Highest seq in the DOM of the open timeline; 0 when there is none. */
export async function newestShown(page: Page): Promise<number> {
  return page.locator('[data-testid="message"][data-seq]').evaluateAll(rows => Math.max(0, ...rows.map(row => Number((row as HTMLElement).dataset['seq']))))
}

/** Notes the most rows that the timeline ever had in the DOM; looks when its children change, which costs next to nothing. */
export async function watchRows(page: Page): Promise<() => Promise<number>> {
  await page.evaluate((selector) => {
    const list = document.querySelector('[data-testid="timeline"] [role="feed"]')
    const seen = { most: document.querySelectorAll(selector).length }
    if (list !== null) {
      new MutationObserver(() => {
        seen.most = Math.max(seen.most, list.childElementCount - 2)
      }).observe(list, { childList: true })
    }
    Object.assign(globalThis, { parleyRows: seen })
  }, rowSelector)
  return () => page.evaluate(() => (Reflect.get(globalThis, 'parleyRows') as { most: number }).most)
}

/** Types while something else goes on, and tells how long keys waited: ms from the key to its handler, and to the next paint. */
export async function typing(page: Page, text: string, every: number): Promise<{ delay: number[], painted: number[] }> {
  await page.evaluate(() => {
    const times: { delay: number[], painted: number[] } = { delay: [], painted: [] }
    const box = document.querySelector<HTMLTextAreaElement>('[data-testid="composer"]')!
    box.addEventListener('keydown', ({ timeStamp }) => {
      times.delay.push(performance.now() - timeStamp)
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => void times.painted.push(performance.now() - timeStamp)
        port2.postMessage(0)
      })
    }, { capture: true })
    box.focus()
    Object.assign(globalThis, { parleyTyping: times })
  })
  await page.keyboard.type(text, { delay: every })
  const times = await page.evaluate(() => Reflect.get(globalThis, 'parleyTyping') as { delay: number[], painted: number[] })
  await page.locator('[data-testid="composer"]').fill('')
  return times
}

/** Opens conversations by a click, in turn; ms from the click to the paint that shows rows of the one clicked. */
export async function openings(page: Page, ids: readonly string[], times: number): Promise<number[]> {
  const taken: number[] = []
  for (let turn = 0; turn < times; turn++) {
    const id = ids[turn % ids.length]!
    taken.push(await page.evaluate(id => new Promise<number>((resolve) => {
      const row = document.querySelector<HTMLElement>(`[data-testid="conversation-item"][data-conversation="${id}"]`)!
      const begun = performance.now()
      const look = () => {
        if (document.querySelector(`[data-testid="timeline"][data-conversation="${id}"] [data-testid="message"]`) === null) return void requestAnimationFrame(look)
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => resolve(performance.now() - begun)
        port2.postMessage(0)
      }
      row.click()
      requestAnimationFrame(look)
    }), id))
    await page.waitForTimeout(300)
  }
  return taken
}

/** Scrolls by a real wheel; `step` px each `every` ms. */
export async function wheel(page: Page, steps: number, step: number, every: number): Promise<void> {
  const box = (await page.locator('[data-testid="timeline"]').boundingBox())!
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  for (let made = 0; made < steps; made++) {
    const begun = performance.now()
    await page.mouse.wheel(0, step)
    await page.waitForTimeout(Math.max(0, every - (performance.now() - begun)))
  }
}
