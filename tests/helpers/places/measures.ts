import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const standard = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What axe finds on a page: the rule, and the elements with what is wrong. @param rules all of the standard, unless named */
export async function axeFinds(page: Page, rules?: string[]): Promise<string[]> {
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axeSource)
  const options: RunOptions = { runOnly: rules === undefined ? { type: 'tag', values: standard } : { type: 'rule', values: rules }, resultTypes: ['violations'] }
  const { violations } = await page.evaluate(options => (window as typeof window & { axe: { run(root: Document, options: object): Promise<AxeResults> } }).axe.run(document, options), options)
  return violations.map(each => `${each.id}: ${each.nodes.slice(0, 3).map(node => `${node.html.slice(0, 160)} ${[...node.any, ...node.all].map(check => check.message).join('; ').slice(0, 200)}`).join(' | ')}`)
}

/** Contrast alone. Rows that are out of view keep the colours of the other theme for a few frames after they came into it. */
export async function contrastFinds(page: Page): Promise<string[]> {
  let found: string[] = []
  for (let attempt = 0; attempt < 4; attempt++) {
    await settle(page)
    found = await axeFinds(page, ['color-contrast'])
    if (found.length === 0) break
  }
  return found
}

/**
 * Whatever is shown and reaches out of the screen to the side, where nothing scrolls to it; and what is cut off within its own box though
 * it is not meant to be. Text that ends in dots has its whole in a title or elsewhere.
 */
export function outOfSight(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const name = (element: Element) => `${element.tagName.toLowerCase()}[${element.getAttribute('data-testid') ?? element.className.toString().slice(0, 40)}] ${element.textContent?.trim().slice(0, 40)}`
    /** Reached by scrolling, or ended by dots, within what is itself in sight. */
    const scrolls = (element: Element | null): boolean => {
      if (element === null || element === document.body) return false
      const { overflowX, textOverflow } = getComputedStyle(element)
      return (/auto|scroll/.test(overflowX) || textOverflow === 'ellipsis') && element.getBoundingClientRect().right <= innerWidth + 1 ? true : scrolls(element.parentElement)
    }
    const found: string[] = []
    if (document.documentElement.scrollWidth > innerWidth) found.push(`the page is ${document.documentElement.scrollWidth} px wide in ${innerWidth}`)
    for (const element of document.querySelectorAll('button, a, input, textarea, select, h1, h2, h3, p, label, [role=option], [role=menuitem], img, video, [data-testid=message-text]')) {
      if (!(element instanceof HTMLElement) || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || element.closest('.sr-only, [inert]') !== null) continue
      const box = element.getBoundingClientRect()
      if (box.width <= 1 || box.height <= 1) continue
      const scroller = scrolls(element.parentElement)
      if ((box.right > innerWidth + 1 || box.left < -1) && !scroller) found.push(`${name(element)} from ${Math.round(box.left)} to ${Math.round(box.right)}`)
      const style = getComputedStyle(element)
      const dots = style.textOverflow === 'ellipsis' || element.querySelector('.truncate') !== null
      if (/^(BUTTON|H1|H2|H3|P|LABEL)$/.test(element.tagName) && !dots && /hidden|clip/.test(style.overflow) && (element.scrollHeight > element.clientHeight + 2 || element.scrollWidth > element.clientWidth + 2)) found.push(`${name(element)} is cut off`)
    }
    return found
  })
}

/** Targets smaller than 24 by 24 px (WCAG 2.5.8); links within a sentence are let off, as there. */
export function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() => [...document.querySelectorAll<HTMLElement>('a[href], button, input:not([type=hidden]), select, textarea, summary, [role=option], [role=menuitem], [role=menuitemradio], [role=switch], [role=tab]')].flatMap((element) => {
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || element.closest('.sr-only, [inert]') !== null || (element.tagName === 'A' && getComputedStyle(element).display === 'inline')) return []
    // A box or a choice with a label is pressed by it as well.
    const boxes = [element, ...element instanceof HTMLInputElement ? element.labels ?? [] : []].map(each => each.getBoundingClientRect())
    if (boxes[0]!.width <= 1) return []
    const [width, height] = [Math.max(...boxes.map(box => box.width)), Math.max(...boxes.map(box => box.height))]
    return width >= 23.5 && height >= 23.5 ? [] : [`${element.tagName.toLowerCase()}[${element.dataset.testid ?? ''}] ${element.getAttribute('aria-label') ?? element.textContent?.trim().slice(0, 30)}: ${width.toFixed(1)} × ${height.toFixed(1)}`]
  }))
}

/** Elements that would move by themselves for longer than a blink. */
export function motions(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const seconds = (list: string) => Math.max(...list.split(',').map(each => each.trim().endsWith('ms') ? Number.parseFloat(each) / 1000 : Number.parseFloat(each)))
    const found = document.getAnimations().filter(each => each.playState === 'running' && Number(each.effect?.getComputedTiming().activeDuration) > 1).map(each => `runs: ${each.id}`)
    for (const element of document.querySelectorAll('*')) {
      for (const pseudo of [undefined, '::before', '::after']) {
        const style = getComputedStyle(element, pseudo)
        if ((style.animationName !== 'none' && seconds(style.animationDuration) > 0.001) || (style.transitionProperty !== 'none' && seconds(style.transitionDuration) > 0.001)) found.push(`${element.tagName.toLowerCase()}.${element.className.toString().slice(0, 40)}${pseudo ?? ''}`)
      }
    }
    return [...new Set(found)]
  })
}

/**
 * Goes through the page by Tab. Each stop must show that it has the focus (2.4.7) and must not be covered by something else (2.4.11).
 *
 * @returns what is wrong, and the names of the stops in their order
 */
export async function tabThrough(page: Page, most = 60): Promise<{ wrong: string[], stops: string[] }> {
  const wrong: string[] = []
  const stops: string[] = []
  for (let count = 0; count < most; count++) {
    await page.keyboard.press('Tab')
    const stop = await page.evaluate(async () => {
      const element = document.activeElement
      if (!(element instanceof HTMLElement) || element === document.body) return undefined
      const name = `${element.tagName.toLowerCase()}[${element.dataset.testid ?? element.className.toString().slice(0, 30)}] ${element.getAttribute('aria-label') ?? element.textContent?.trim().slice(0, 30)}`
      const seen = element.dataset.tabStop !== undefined
      element.dataset.tabStop = ''
      /** What draws a ring, here, in a part of it or around it. */
      const look = () => {
        const around: Element[] = []
        for (let each: Element | null = element; each !== null && around.length < 5; each = each.parentElement) around.push(each)
        return [...around, ...[...element.querySelectorAll('*')].slice(0, 20)].map((each) => {
          const { outlineStyle, outlineWidth, boxShadow, borderColor, backgroundColor } = getComputedStyle(each)
          return [outlineStyle === 'none' ? '' : outlineWidth, boxShadow, borderColor, backgroundColor].join()
        }).join('|')
      }
      const box = element.getBoundingClientRect()
      const at = (share: number) => document.elementFromPoint(box.left + Math.min(box.width * share, box.width - 2), box.top + Math.min(Math.max(2, box.height / 2), box.height - 2))
      const free = [0.5, 0.1, 0.9].some((share) => {
        const top = at(share)
        return top !== null && (element.contains(top) || top.contains(element) || top.closest('label')?.contains(element) === true)
      })
      const focused = look()
      element.blur()
      // Even the shortest transition begins with what was.
      for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame)
      const visible = look() !== focused
      element.focus({ preventScroll: true })
      return { name, seen, problem: visible ? (free || box.width <= 1 ? '' : 'is covered or out of sight') : 'shows no focus' }
    })
    if (stop?.seen === true) break
    if (stop === undefined) continue
    stops.push(stop.name)
    if (stop.problem !== '') wrong.push(`${stop.name} ${stop.problem}`)
  }
  await page.evaluate(() => document.querySelectorAll<HTMLElement>('[data-tab-stop]').forEach(each => delete each.dataset.tabStop))
  return { wrong, stops }
}

/** Colours are set in the frame after the theme or the language, and drawn in the one after that. */
export async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await document.fonts.ready
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame)
    await Promise.all(document.getAnimations().map(animation => animation.finished.catch(() => undefined)))
    await new Promise(requestAnimationFrame)
  })
}

/** Switches the language where one is, as the account menu does, and waits for its texts. */
export async function speak(page: Page, language: 'en' | 'zh-CN'): Promise<void> {
  await page.evaluate(async (language) => {
    const root = document.querySelector('#__nuxt') as (Element & { __vue_app__?: { $nuxt: { $i18n: { setLocale(code: string): Promise<void> } } } }) | null
    await root?.__vue_app__?.$nuxt.$i18n.setLocale(language)
  }, language)
  await page.locator(`html[lang="${language}"]`).waitFor({ state: 'attached' })
  await settle(page)
}

/** The room that readers may ask for between lines, words and letters (1.4.12). */
export const textSpacing = '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; } p { margin-block-end: 2em !important; }'
