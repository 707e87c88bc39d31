import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'
import { newUser } from '#parley/tests/helpers/http-client.ts'
import { arrive, Person } from '#parley/tests/helpers/person.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

let browser: Browser
let server: ServerProcess

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer({ env: { NUXT_RATE_LIMIT: '0' } })])
})
afterAll(async () => {
  await browser.close()
  await server.dispose()
})

const row = (page: Page, seq: number) => page.locator(`[data-testid="message"][data-seq="${seq}"]`)
const inView = (page: Page, seq: number) => row(page, seq).evaluate((element) => {
  const box = element.getBoundingClientRect()
  const view = element.closest('[data-testid=timeline]')!.getBoundingClientRect()
  return box.top >= view.top - 1 && box.bottom <= view.bottom + 1
}).catch(() => false)
const item = (person: Person, title: string) => person.page.locator(`[data-testid="conversation-item"][data-title="${title}"]`)

async function act(person: Person, seq: number, name: string): Promise<void> {
  await row(person.page, seq).hover()
  await row(person.page, seq).getByTestId('message-menu').click()
  await person.on(name).click()
}

describe('three people in a group', () => {
  test('[U-D6, U-R4, U-T8, O7] see who has read what, live, and what is pinned', async () => {
    const [ann, ben, cara] = await Promise.all(['ann.reads', 'ben.reads', 'cara.reads'].map(name => arrive(browser, server.url, name, { viewport: { width: 1280, height: 800 } })))
    for (const person of [ann!, ben!, cara!]) await person.authenticate('register')
    await ann!.startGroup('Readers', ['ben.reads', 'cara.reads'])
    await ann!.say('first')
    await ann!.say('second')
    await item(ben!, 'Readers').waitFor()
    await ben!.open('Readers')
    await expect.poll(() => ann!.on('read-by').getAttribute('data-read').catch(() => '')).toBe('1')

    await row(ann!.page, 2).getByTestId('delivery').click()
    const people = () => ann!.on('delivery-person').evaluateAll(rows => rows.map(each => `${(each as HTMLElement).dataset.username} ${(each as HTMLElement).dataset.state}`))
    const steps = () => ann!.on('delivery-step').evaluateAll(rows => rows.map(each => `${(each as HTMLElement).dataset.step} ${(each as HTMLElement).dataset.done}`))
    // Cara's device has it although she has never opened the conversation.
    await expect.poll(people).toEqual(['ben.reads read', 'cara.reads delivered'])
    expect(await steps()).toEqual(['queued yes', 'sent yes', 'stored yes', 'delivered yes', 'read partly'])
    await cara!.open('Readers')
    await expect.poll(steps).toEqual(['queued yes', 'sent yes', 'stored yes', 'delivered yes', 'read yes'])
    expect(await people()).toEqual(['ben.reads read', 'cara.reads read'])
    expect(await ann!.on('delivery-person').first().innerText()).toMatch(/Read \d\d:\d\d/)
    await ann!.page.keyboard.press('Escape')

    await act(ann!, 1, 'pin')
    for (const person of [ann!, ben!, cara!]) {
      await expect.poll(() => person.on('pin-jump').innerText().catch(() => '')).toContain('first')
      await person.page.locator('[data-testid="message"][data-kind="meta"]').waitFor()
    }
    // Who does not lead is not offered to.
    await row(ben!.page, 1).hover()
    await row(ben!.page, 1).getByTestId('message-menu').click()
    await ben!.on('reply').waitFor()
    expect(await ben!.on('pin').count()).toBe(0)
    await ben!.page.keyboard.press('Escape')
    await ben!.on('pin-jump').click()
    await ben!.page.locator('.highlighted[data-seq="1"]').waitFor()

    await act(ann!, 1, 'delete')
    await ann!.on('delete-confirm').click()
    for (const person of [ann!, ben!, cara!]) await person.on('pin-bar').waitFor({ state: 'detached' })
    expect([...ann!.errors, ...ben!.errors, ...cara!.errors]).toEqual([])
    await Promise.all([ann, ben, cara].map(person => person!.context.close()))
  })
})

describe('[U-R5] marked unread from a message on', () => {
  test('the divider and the count are in both tabs, and go with the next opening', async () => {
    const [ann, ben] = await Promise.all(['ann.marks', 'ben.marks'].map(name => arrive(browser, server.url, name, { viewport: { width: 1280, height: 800 } })))
    await ann!.authenticate('register')
    await ben!.authenticate('register')
    await ann!.startDirect('ben.marks')
    for (const text of ['one', 'two', 'three']) await ann!.say(text)
    await item(ben!, 'ann.marks').waitFor()
    await ben!.open('ann.marks')
    const other = new Person('ben.marks', await ben!.context.newPage(), server.url)
    await other.goto('/chat')
    await other.connection('online')
    const unread = (person: Person) => item(person, 'ann.marks').getAttribute('data-unread')
    await ben!.page.bringToFront()
    await expect.poll(() => unread(ben!)).toBe('0')
    await expect.poll(() => unread(other)).toBe('0')

    await act(ben!, 2, 'unread-from')
    await expect.poll(() => unread(ben!)).toBe('2')
    await expect.poll(() => unread(other)).toBe('2')
    const afterDivider = (page: Page) => page.getByTestId('unread-divider').evaluate(line => (line.nextElementSibling as HTMLElement).dataset.seq)
    await expect.poll(() => afterDivider(ben!.page)).toBe('2')
    // One reads on where one is: what comes is read, and what was marked stays marked.
    await ann!.say('four')
    await ben!.sees('four')
    await expect.poll(async () => (await ann!.ownStates()).at(-1)).toBe('read')
    await expect.poll(() => unread(ben!)).toBe('3')
    expect(await afterDivider(ben!.page)).toBe('2')

    await other.page.bringToFront()
    await other.open('ann.marks')
    await expect.poll(() => afterDivider(other.page)).toBe('2')
    await expect.poll(() => unread(other)).toBe('0')
    await expect.poll(() => unread(ben!)).toBe('0')
    expect([...ann!.errors, ...ben!.errors, ...other.errors]).toEqual([])
    await Promise.all([ann!.context.close(), ben!.context.close()])
  })
})

describe('ways into a long conversation', () => {
  test('[U-S7, U-S8] a date, and permalinks: far back, deleted, beyond the end, not one’s own', async () => {
    const api = await newUser(server.url, 'chronicler')
    const { id } = await api.group('Chronicle')
    const say = (text: string) => api.need('POST', `/api/conversations/${id}/messages`, { cid: crypto.randomUUID(), content: { type: 'text', text } })
    for (let n = 1; n <= 230; n++) await say(`entry ${n}`)
    const foreign = await (await newUser(server.url, 'stranger')).group('Elsewhere')
    const reader = await arrive(browser, server.url, 'reader.dates', { viewport: { width: 1280, height: 800 } })
    await reader.authenticate('register')
    const [me] = (await api.need<{ users: { id: string }[] }>('GET', '/api/users?q=reader.dates')).users
    await api.need('POST', `/api/conversations/${id}/members`, { user: me!.id })
    for (let n = 1; n <= 12; n++) await say(`news ${n}`)

    // Unread messages are near, and yet the address says where to be.
    await reader.goto(`/chat/${id}?at=225`)
    await reader.page.locator('.highlighted[data-seq="225"]').waitFor()
    await expect.poll(() => inView(reader.page, 225)).toBe(true)

    await reader.goto(`/chat/${id}?at=17`)
    await reader.page.locator('.highlighted[data-seq="17"]').waitFor()
    await expect.poll(() => inView(reader.page, 17)).toBe(true)
    await reader.on('jump-to-bottom').click()
    await reader.sees('news 12')

    await reader.on('details').click()
    await reader.on('details-date').click()
    await reader.on('date-previous').click()
    await reader.on('date-day').first().click()
    await reader.page.locator('.highlighted[data-seq="1"]').waitFor()
    await expect.poll(() => inView(reader.page, 1)).toBe(true)

    const chronicler = await arrive(browser, server.url, 'chronicler.too', { viewport: { width: 1280, height: 800 } })
    await chronicler.context.addCookies([{ name: api.cookie.split('=')[0]!, value: api.cookie.split('=').slice(1).join('='), url: server.url }])
    await chronicler.goto(`/chat/${id}?at=120`)
    await row(chronicler.page, 120).waitFor()
    await act(chronicler, 120, 'delete')
    await chronicler.on('delete-confirm').click()
    await reader.goto(`/chat/${id}?at=120`)
    await reader.page.locator('.highlighted[data-seq="120"][data-content="deleted"]').waitFor()

    await reader.goto(`/chat/${id}?at=99999`)
    await reader.sees('news 12')
    await reader.goto(`/chat/${foreign.id}?at=1`)
    await reader.page.getByRole('heading', { name: /./ }).last().waitFor()
    await expect.poll(() => reader.on('timeline').count()).toBe(0)
    expect(await reader.on('composer').count()).toBe(0)
    expect([...reader.errors, ...chronicler.errors]).toEqual([])
    await Promise.all([reader.context.close(), chronicler.context.close()])
  })
})

describe('[U-Q1] the search', () => {
  test('has: finds files and links; what is typed before its box is there is in it', async () => {
    const ann = await arrive(browser, server.url, 'ann.finds', { viewport: { width: 1280, height: 800 }, serviceWorkers: 'block' })
    const arrival = Promise.withResolvers<undefined>()
    let held = 0
    await ann.page.route('**/_nuxt/*.js', async (route) => {
      const response = await route.fetch()
      if ((await response.text()).includes('search-scope')) {
        held++
        await arrival.promise
      }
      await route.fulfill({ response })
    })
    await ann.authenticate('register')
    await ann.startGroup('Finds', [])
    await ann.say('see https://a.example')
    await ann.say('nothing to find')
    await ann.on('attach').setInputFiles({ name: 'plan.txt', mimeType: 'text/plain', buffer: await readFile(import.meta.filename) })
    await ann.on('picked-file').waitFor()
    await ann.on('send').click()
    await row(ann.page, 3).getByTestId('file').waitFor()

    const composer = ann.on('composer')
    // The keys are loaded late as well: until they are, what is typed goes where it always did.
    await expect.poll(async () => {
      await composer.fill('')
      await composer.focus()
      await ann.page.keyboard.press('Control+f')
      await ann.page.keyboard.press('h')
      return await composer.inputValue()
    }).toBe('')
    await ann.page.keyboard.type('as:filx')
    await ann.page.keyboard.press('Backspace')
    await ann.page.keyboard.type('e')
    expect(held).toBeGreaterThan(0)
    arrival.resolve(undefined)
    await expect.poll(() => ann.on('search').inputValue().catch(() => '')).toBe('has:file')
    expect(await composer.inputValue()).toBe('')
    const hits = () => ann.on('search-hit').evaluateAll(rows => rows.map(each => (each as HTMLElement).dataset.seq))
    await expect.poll(hits).toEqual(['3'])
    await ann.on('search').fill('包含：链接')
    await expect.poll(hits).toEqual(['1'])
    await ann.on('search').fill('has:link nothing')
    await expect.poll(hits).toEqual([])
    expect(ann.errors).toEqual([])
    await ann.context.close()
  })
})
