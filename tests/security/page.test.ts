import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'
import { arrive } from '#parley/tests/helpers/person.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

/** What a page lets hostile texts and foreign scripts do: nothing (X25–X27). */

let browser: Browser
let server: ServerProcess

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer({ env: { NUXT_RATE_LIMIT: '0' } })])
})
afterAll(async () => {
  await browser.close()
  await server.dispose()
})

type Visitor = Awaited<ReturnType<typeof arrive>>

/** Somebody whose page tells what its content policy has stopped, and what it wrote to the console. */
async function watched(name: string): Promise<Visitor & { complaints: string[] }> {
  const person = await arrive(browser, server.url, name)
  const complaints: string[] = []
  person.page.on('console', message => void (['error', 'warning'].includes(message.type()) && complaints.push(message.text())))
  await person.page.exposeFunction('tellViolation', (what: string) => void complaints.push(what))
  await person.page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sourceFile }) => {
      (Reflect.get(globalThis, 'tellViolation') as (what: string) => void)(`${effectiveDirective} ${blockedURI} ${sourceFile}`)
    })
  })
  return Object.assign(person, { complaints })
}

/** What has been done to interfaces by text: markup, scripts in addresses, directions, invisible and endless characters. */
const hostile = [
  '<img src=x onerror="globalThis.hit = 1">', '<svg onload="globalThis.hit = 1">', '</script><script>globalThis.hit = 1</script>', '<iframe src="javascript:hit=1"></iframe>',
  '[press](javascript:globalThis.hit=1)', '[press](data:text/html,<script>hit=1</script>)', '[press](JaVaScRiPt:hit=1)', 'javascript:globalThis.hit=1', '![x](https://evil.example/x.png)',
  '{{ globalThis.hit = 1 }}', '${globalThis.hit = 1}', '**<b onclick="hit=1">bold</b>**', '`<style>*{display:none}</style>`', '```html\n<script>globalThis.hit = 1</script>\n```',
  '\u202Egnp.exe\u202C and \u2066isolated', 'zero\u200Bwidth\uFEFF\u2060joiner', `Z${'\u0364\u0489\u035C'.repeat(2_000)}`, '\u{1F468}\u200D\u{1F469}\u200D\u{1F467}\u200D\u{1F466}'.repeat(300), 'w'.repeat(7_000),
  '#'.repeat(1_000), `${'>'.repeat(500)} deep`, `${'['.repeat(1_500)}x${']'.repeat(1_500)}`,
]

describe('a page', () => {
  test('[X25, X27] shows hostile texts as text, without a script, a request elsewhere or a broken layout', async () => {
    const ann = await watched('ann')
    await ann.authenticate('register')
    const elsewhere: string[] = []
    ann.page.on('request', request => void (/^(https?|wss?):/.test(request.url()) && new URL(request.url()).host !== new URL(server.url).host && elsewhere.push(request.url())))
    await ann.startGroup('<img src=x onerror="globalThis.hit = 1">', [])
    const room = new URL(ann.page.url()).pathname.split('/')[2]!
    const cids: string[] = []
    for (const text of hostile) {
      const cid = crypto.randomUUID()
      const answer = await ann.context.request.post(`${server.url}/api/conversations/${room}/messages`, { headers: { origin: server.url }, data: { cid, content: { type: 'text', text } } })
      expect([text.slice(0, 20), answer.status()]).toEqual([text.slice(0, 20), 201])
      cids.push(cid)
    }
    const bad = () => ann.page.evaluate(() => ({
      hit: 'hit' in globalThis,
      made: document.querySelectorAll('[data-testid="message-text"] :is(img, svg, script, iframe, style, object, embed, form, input)').length,
      handlers: [...document.querySelectorAll('[data-testid="message-text"] *')].filter(element => [...element.attributes].some(({ name }) => name.startsWith('on'))).length,
      links: [...document.querySelectorAll<HTMLAnchorElement>('[data-testid="message-text"] a')].map(({ protocol }) => protocol).filter(protocol => !['http:', 'https:', 'mailto:'].includes(protocol)),
      wide: document.documentElement.scrollWidth > innerWidth,
      high: Math.max(...[...document.querySelectorAll<HTMLElement>('[data-testid="message"]')].map(row => row.offsetWidth - (row.parentElement?.offsetWidth ?? 0))) > 0,
    }))
    const nothing = { hit: false, made: 0, handlers: 0, links: [], wide: false, high: false }
    // As it comes live, and as the server renders it.
    const last = () => ann.page.locator(`[data-testid="message"][data-cid="${cids.at(-1)}"]`).waitFor()
    await last()
    expect(await bad()).toEqual(nothing)
    await ann.goto(`/chat/${room}`)
    await last()
    expect(await bad()).toEqual(nothing)
    expect(elsewhere).toEqual([])
    expect(ann.complaints).toEqual([])
    expect(ann.errors).toEqual([])
    await ann.context.close()
  })

  test('[X26] links of messages tell nothing of where they were followed', async () => {
    const ben = await watched('ben')
    await ben.authenticate('register')
    await ben.startGroup('Links', [])
    await ben.say('see https://example.org/a?b=1 and **https://example.net**')
    const links = () => ben.page.locator('[data-testid="message-text"] a').evaluateAll(all => all.map(link => [link.getAttribute('href'), link.getAttribute('target'), link.getAttribute('rel')]))
    await expect.poll(links).toEqual([['https://example.org/a?b=1', '_blank', 'noopener noreferrer nofollow'], ['https://example.net/', '_blank', 'noopener noreferrer nofollow']])
    await ben.context.close()
  })

  test('[X27] runs no script and takes no style that the server did not write, whoever put it there', async () => {
    const cem = await watched('cem')
    await cem.goto('/login')
    await cem.page.evaluate(() => {
      const add = (tag: string, text: string) => document.body.append(Object.assign(document.createElement(tag), { textContent: text }))
      add('script', 'globalThis.hit = 1')
      add('style', 'body { color: rgb(1, 2, 3) }')
      document.body.insertAdjacentHTML('beforeend', '<img src="/nothing" onerror="globalThis.hit = 2"><a id="trap" href="javascript:globalThis.hit = 3">x</a><object data="/favicon.svg"></object>')
      document.getElementById('trap')?.click()
    })
    const tried = await cem.page.evaluate(async (other) => {
      const outcome = async (work: () => Promise<unknown>) => await work().then(() => 'done', () => 'refused')
      return {
        frame: await outcome(() => new Promise((resolve, reject) => document.body.append(Object.assign(document.createElement('script'), { src: `${other}/x.js`, onload: resolve, onerror: reject })))),
        call: await outcome(() => fetch(other, { mode: 'no-cors' })),
        thread: await outcome(async () => new Worker(URL.createObjectURL(new Blob(['postMessage(1)'], { type: 'text/javascript' })))),
        evaluated: await outcome(async () => Reflect.construct(Function, ['return 1'])),
      }
    }, 'http://localhost:9')
    expect(tried).toMatchObject({ frame: 'refused', call: 'refused', evaluated: 'refused' })
    await expect.poll(() => cem.complaints.map(line => line.split(' ')[0])).toEqual(expect.arrayContaining(['script-src-elem', 'style-src-elem', 'script-src-attr', 'object-src', 'connect-src', 'worker-src']))
    expect(await cem.page.evaluate(() => ['hit' in globalThis, getComputedStyle(document.body).color === 'rgb(1, 2, 3)'])).toEqual([false, false])
    await cem.context.close()
  })
})
