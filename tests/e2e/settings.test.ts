import { readFile } from 'node:fs/promises'
import { unzipSync } from 'fflate'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'
import { arrive } from '#parley/tests/helpers/person.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

/** What people set about themselves, with another person at another browser who sees it. */

let browser: Browser
let server: ServerProcess
type Person = Awaited<ReturnType<typeof arrive>>
const people: Person[] = []

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()])
  const ann = await come('ann', 'register')
  const ben = await come('ben', 'register')
  await ann.startGroup('Garden', ['ben'])
  await ann.say('first')
  await ben.open('Garden')
  await ben.say('hello from ben')
  await ann.sees('hello from ben')
  await leave()
})
afterEach(leave)
afterAll(async () => {
  await browser.close()
  await server.dispose()
})

async function come(name: string, mode: 'login' | 'register' = 'login', options: Parameters<typeof arrive>[3] = {}): Promise<Person> {
  const person = await arrive(browser, server.url, name, options)
  people.push(person)
  await person.authenticate(mode)
  return person
}

async function leave(): Promise<void> {
  const errors = people.flatMap(person => person.errors)
  await Promise.all(people.splice(0).map(person => person.context.close()))
  expect(errors).toEqual([])
}

async function settings(person: Person, name: string): Promise<void> {
  await person.on('account-menu').click()
  await person.on('open-settings').click()
  await person.page.locator(`[data-testid=settings-entry][data-name=${name}]`).click()
  await person.page.locator(`[data-testid=settings-page][data-name=${name}]`).waitFor()
}

/** A picture of two colours, as a page makes it. */
async function picture(person: Person): Promise<Buffer> {
  const url = await person.page.evaluate(() => {
    const canvas = document.createElement('canvas')
    canvas.width = 600
    canvas.height = 400
    const context = canvas.getContext('2d')!
    context.fillStyle = '#28a'
    context.fillRect(0, 0, 600, 400)
    context.fillStyle = '#fc3'
    context.fillRect(200, 100, 200, 200)
    return canvas.toDataURL('image/png')
  })
  return Buffer.from(url.split(',')[1] ?? '', 'base64')
}

async function putOn(person: Person): Promise<void> {
  await person.on('avatar-file').setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: await picture(person) })
  await person.on('avatar-use').click()
}

const dot = (person: Person) => person.page.locator('[data-testid=message][data-sender=ben]').first()

describe('profile', () => {
  test('[U-O1] [U-O2] [U-O3] a new name, picture and status show at once on the page of somebody else, who reads them on a card', async () => {
    const ann = await come('ann')
    const ben = await come('ben', 'login', { viewport: { width: 390, height: 844 }, hasTouch: true })
    await ann.open('Garden')
    await ann.sees('hello from ben')
    await settings(ben, 'profile')
    await ben.on('profile-name').fill('Benjamin 本')
    await ben.page.locator('[data-testid=settings-save][data-form=name]').click()
    await dot(ann).getByText('Benjamin 本').first().waitFor()
    await putOn(ben)
    await dot(ann).getByTestId('avatar').waitFor()
    await expect.poll(() => dot(ann).getByTestId('avatar').evaluate(image => (image as HTMLImageElement).naturalWidth)).toBe(256)
    await ben.on('status-text').fill('In the garden')
    await ben.on('status-span').selectOption('hour')
    await ben.page.locator('[data-testid=settings-save][data-form=status]').click()
    await dot(ann).getByTestId('open-profile').click()
    await ann.page.locator('[data-testid=profile-card][data-username=ben]').waitFor()
    await ann.page.getByTestId('profile-status').getByText('In the garden').waitFor()
    await ann.on('profile-message').click()
    await ann.page.locator('[data-testid=conversation-item][data-title="Benjamin 本"][aria-current=page]').waitFor()
    await ann.page.locator('header').getByText('In the garden').waitFor()
    await ben.on('avatar-remove').click()
    await expect.poll(() => ann.page.locator('[data-testid=conversation-item][data-title="Benjamin 本"] [data-testid=avatar]').count()).toBe(0)
    await ben.on('settings-to-list').click()
    await ben.page.locator('[data-testid=settings-entry][data-name=devices]').waitFor()
  })

  test('a group gets a picture from who leads it', async () => {
    const ann = await come('ann')
    const ben = await come('ben')
    await ann.open('Garden')
    await ann.on('details').click()
    await ann.on('details-picture').click()
    await putOn(ann)
    await ben.page.locator('[data-testid=conversation-item][data-title=Garden] [data-testid=avatar]').waitFor()
  })
})

describe('blocking', () => {
  test('[U-O4] whoever is blocked is folded away, cannot write to one, and can again afterwards', async () => {
    const ann = await come('ann')
    const eve = await come('eve', 'register')
    await eve.startGroup('Evening', ['ann'])
    await eve.say('look at @ann here')
    await ann.open('Evening')
    await ann.sees('look at @ann here')
    const evening = ann.page.locator('[data-testid=message][data-sender=eve]').first()
    await evening.getByTestId('open-profile').click()
    await ann.on('profile-block').click()
    await ann.on('confirm').click()
    await ann.on('profile-unblock').waitFor()
    await ann.page.keyboard.press('Escape')
    await evening.getByTestId('show-blocked').waitFor()
    expect(await evening.getByTestId('message-text').count()).toBe(0)
    await evening.getByTestId('show-blocked').click()
    await ann.sees('look at @ann here')
    await eve.on('new-conversation').click()
    await eve.on('user-search').fill('ann')
    await eve.page.locator('[data-testid=user-option][data-username=ann]').click()
    await eve.on('conversation-create').click()
    await eve.page.getByText('You are not allowed to do this').first().waitFor()
    await settings(ann, 'privacy')
    await ann.page.locator('[data-testid=blocked-user][data-username=eve]').getByTestId('unblock').click()
    await ann.page.locator('[data-testid=blocked-user]').waitFor({ state: 'detached' })
    // What was chosen is still chosen.
    await eve.on('conversation-create').click()
    await eve.page.locator('[data-testid=conversation-item][data-title=ann][aria-current=page]').waitFor()
    await eve.say('friends again')
    await ann.on('settings-back').click()
    await ann.page.locator('[data-testid=conversation-item][data-title=eve]').click()
    await ann.sees('friends again')
  })
})

describe('devices and data', () => {
  test('[U-O5] [A5] another log-in is named, ends at a click, and its page says so; a token is shown once', async () => {
    const desk = await come('ben')
    const phone = await come('ben')
    await settings(desk, 'devices')
    await expect.poll(() => desk.page.locator('[data-testid=device]').count()).toBeGreaterThan(1)
    await desk.page.locator('[data-testid=device][data-current=true]').getByText('This device').waitFor()
    // The newest use comes first, and the newest of the others is the phone.
    await desk.page.locator('[data-testid=device][data-current=false]').getByText('Connected now').first().waitFor()
    for (let left = await desk.page.getByTestId('device-end').count(); left > 0; left--) {
      await desk.page.getByTestId('device-end').first().click()
      await desk.on('confirm').click()
      await expect.poll(() => desk.page.getByTestId('device-end').count()).toBe(left - 1)
    }
    await phone.connection('signed-out')
    await desk.on('token-name').fill('bot')
    await desk.page.locator('[data-testid=settings-save][data-form=token]').click()
    const token = await desk.on('token-value').inputValue()
    expect((await fetch(`${server.url}/api/me`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200)
    await desk.on('token-end').click()
    await desk.on('confirm').click()
    await desk.on('token').waitFor({ state: 'detached' })
    expect((await fetch(`${server.url}/api/me`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401)
  })

  test('[U-O5] one takes what is one\'s own along, and then ends the account with what one wrote; nobody else gets the name', async () => {
    const ann = await come('ann')
    const zoe = await come('zoe', 'register')
    await zoe.startGroup('Zoo', ['ann'])
    await zoe.say('the word that zoe wrote')
    await ann.open('Zoo')
    await ann.sees('the word that zoe wrote')
    await settings(zoe, 'data')
    const [download] = await Promise.all([zoe.page.waitForEvent('download'), zoe.on('export').click()])
    const files = unzipSync(await readFile(await download.path()))
    const text = (name: string) => new TextDecoder().decode(files[name])
    expect(JSON.parse(text('profile.json'))).toMatchObject({ username: 'zoe' })
    expect(text('conversations.json')).toContain('Zoo')
    expect(text('messages.jsonl').trim().split('\n').map(line => JSON.parse(line) as unknown)).toMatchObject([{ seq: 1, content: { text: 'the word that zoe wrote' } }])
    await zoe.on('deletion-open').click()
    await zoe.page.locator('[data-testid=settings-choice][data-setting=deletion][data-value=erase]').check()
    await zoe.on('deletion-password').fill('not it')
    await zoe.on('deletion-confirm').click()
    await zoe.page.getByText('This is not your password').waitFor()
    await zoe.on('deletion-password').fill(zoe.password)
    await zoe.on('deletion-confirm').click()
    await zoe.page.waitForURL('**/login')
    await ann.page.locator('[data-testid=message][data-content=deleted]').waitFor()
    await ann.page.getByText('the word that zoe wrote').waitFor({ state: 'detached' })
    await expect.poll(async () => await zoe.page.evaluate(async () => (await indexedDB.databases()).length === 0 || localStorage.getItem('parley-account') === null)).toBe(true)
    const again = await fetch(`${server.url}/api/auth/register`, {
      method: 'POST', headers: { 'content-type': 'application/json', 'origin': server.url }, body: JSON.stringify({ username: 'Zoe', password: 'tulips in november' }),
    })
    expect(again.status).toBe(409)
  })
})
