import type { BrowserContext, CDPSession, Page, Worker } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWorld } from '#parley/tests/helpers/browser-world.ts'
import type { BrowserWorld } from '#parley/tests/helpers/browser-world.ts'
import { Person } from '#parley/tests/helpers/person.ts'
import { openPushEndpoint } from '#parley/tests/helpers/push-endpoint.ts'
import type { PushEndpoint } from '#parley/tests/helpers/push-endpoint.ts'

/** What people hear of messages that are not in front of them: in one window, in three, and in none. */

let world: BrowserWorld
let service: PushEndpoint

beforeAll(async () => {
  service = await openPushEndpoint()
  world = await openWorld({ env: { NUXT_PUSH_LOOPBACK: 'true' } })
})
afterAll(async () => {
  await world.close()
  await service.close()
})

/** Notifications of the browser, as its service worker lists them. */
const shown = (page: Page) => page.evaluate(async () => {
  const list = await (await navigator.serviceWorker.ready).getNotifications()
  return list.map(({ title, body, tag, data }) => ({ title, body, tag, seq: (data as { seq: number }).seq }))
})

const workerOf = (context: BrowserContext): Worker => context.serviceWorkers().find(worker => worker.url().includes('offline-shell'))!

const favicon = (page: Page) => page.evaluate(() => document.querySelector<HTMLLinkElement>('link[rel=icon]')?.href ?? '')

/** Counts what is shown and what is asked, in every page that is loaded from now on. */
const spy = (context: BrowserContext) => context.addInitScript(() => {
  const counts = { shown: 0, asked: 0, badges: [] as number[] }
  Object.assign(window, { counts })
  const { showNotification } = ServiceWorkerRegistration.prototype
  ServiceWorkerRegistration.prototype.showNotification = function (...args) {
    counts.shown++
    return showNotification.apply(this, args)
  }
  const { requestPermission } = Notification
  Notification.requestPermission = (...args) => {
    counts.asked++
    return requestPermission.apply(Notification, args)
  }
  Object.assign(Navigator.prototype, {
    setAppBadge: async (count: number) => void counts.badges.push(count),
    clearAppBadge: async () => void counts.badges.push(0),
  })
})
const counts = (page: Page) => page.evaluate(() => Reflect.get(window, 'counts') as { shown: number, asked: number, badges: number[] })

/** The layer of notifications is loaded when a page is idle: it is there once it has said what the icon shows. */
const ready = (page: Page) => expect.poll(async () => (await counts(page)).badges.length).toBeGreaterThan(0)

describe('three tabs of one account', () => {
  test('[U-N1, U-N2, U-R3] one notification when none is in front, none for what is looked at, a card for the rest; a click leads to the message', async () => {
    const ann = await world.visitor('ann')
    const ben = await world.owner('ben')
    await spy(ben.context)
    await ben.context.grantPermissions(['notifications'], { origin: ben.proxy.url })
    await world.pair(ann, ben)
    const path = new URL(ben.page.url()).pathname
    await ben.goto(path)
    await ready(ben.page)
    const second = new Person('ben', await ben.own.openWindow(), ben.proxy.url)
    await second.goto('/chat')
    await ready(second.page)
    const third = new Person('ben', await ben.own.openWindow(), ben.proxy.url)
    await third.goto('/settings')
    await ready(third.page)
    const tabs = [ben, second, third]
    const total = async () => (await Promise.all(tabs.map(tab => counts(tab.page)))).reduce((sum, each) => sum + each.shown, 0)

    for (const { page } of tabs) await ben.own.hide(page)
    await ann.say('are you there?')
    await expect.poll(() => shown(ben.page)).toMatchObject([{ title: 'ann', body: 'are you there?' }])
    for (const tab of tabs) {
      await expect.poll(() => tab.page.title()).toMatch(/^\(1\) /)
      await expect.poll(() => favicon(tab.page)).toContain('data:image/svg')
      await expect.poll(async () => (await counts(tab.page)).badges.at(-1)).toBe(1)
    }
    expect(await total()).toBe(1)

    // The same message once more by push: it takes the place of what is shown.
    const devtools = await ben.context.newCDPSession(ben.page)
    const [{ seq = 0 } = {}] = await shown(ben.page)
    const { user } = await ben.page.evaluate(async () => (await (await fetch('/api/me')).json()) as { user: { id: string } })
    const news = { version: 1, account: user.id, conversation: path.split('/').at(-1), kind: 'direct', title: 'ann', seq, at: Date.now(), count: 1, badge: 1, sender: 'ann', text: 'are you there?' }
    await pushTo(devtools, ben.proxy.url, JSON.stringify(news))
    await expect.poll(() => shown(ben.page)).toMatchObject([{ title: 'ann', body: 'are you there?', seq }])

    // A click brings the page that is there to the message.
    const worker = workerOf(ben.context)
    await worker.evaluate(async () => {
      const { getNotifications } = ServiceWorkerRegistration.prototype
      const [notification] = await getNotifications.call(Reflect.get(globalThis, 'registration'))
      // The browser lets a page be focused by a real click only; all before that is the same.
      globalThis.dispatchEvent(Object.assign(new Event('notificationclick'), { notification, waitUntil: (done: Promise<void>) => void done.catch(() => undefined) }))
    })
    await expect.poll(() => tabs.map(tab => new URL(tab.page.url())).some(url => url.pathname === path && url.searchParams.get('at') === String(seq))).toBe(true)

    // In front and looked at: nothing, and what was shown goes once it is read.
    await ben.own.show(ben.page)
    await ben.sees('are you there?')
    await expect.poll(() => shown(ben.page)).toEqual([])
    for (const tab of tabs) await expect.poll(() => tab.page.title()).not.toMatch(/^\(/)
    await expect.poll(() => favicon(third.page)).toContain('/favicon.svg')
    await ann.say('good')
    await ben.sees('good')
    expect(await total()).toBe(1)
    // Read, and not only seen: a page that is left within the second has not read it, and is told of it.
    await expect.poll(async () => (await ann.ownStates()).at(-1)).toBe('read')

    // In front, but elsewhere: a card, which leads there.
    await ben.own.hide(ben.page)
    await ben.own.show(second.page)
    await second.goto('/chat')
    await ready(second.page)
    const before = await total()
    await ann.say('over here')
    await second.on('message-card').waitFor()
    expect([await total(), await shown(ben.page)]).toEqual([before, []])
    await second.on('message-card').getByRole('link').click()
    await second.sees('over here')
    expect([...ann.errors, ...ben.errors, ...second.errors, ...third.errors]).toEqual([])
    await ann.context.close()
  })
})

describe('from the offer to a closed page', () => {
  test('[U-N1, U-N3] asked after the first message and never before; pushed when every page is closed, with hidden texts when one wants that', async () => {
    const [ann, ben] = [await world.visitor('anna'), await world.visitor('benno')]
    const subscription = service.subscribe('benno')
    await ben.context.grantPermissions(['notifications'], { origin: ben.proxy.url })
    await spy(ben.context)
    // The push services of the world are out of reach here: this one is ours. The rest is the browser's.
    await ben.context.addInitScript(({ endpoint, keys }) => {
      let permission: NotificationPermission = sessionStorage.getItem('permission') === 'granted' ? 'granted' : 'default'
      Object.defineProperty(Notification, 'permission', { get: () => permission })
      const { requestPermission } = Notification
      Notification.requestPermission = async () => {
        await requestPermission.call(Notification)
        permission = 'granted'
        sessionStorage.setItem('permission', permission)
        return permission
      }
      let made: object | undefined
      PushManager.prototype.getSubscription = async () => (made ?? null) as PushSubscription | null
      PushManager.prototype.subscribe = async (options) => {
        made = { endpoint, options, toJSON: () => ({ endpoint, keys }), unsubscribe: async () => true }
        return made as PushSubscription
      }
    }, subscription)
    await world.pair(ann, ben)
    await ready(ben.page)
    expect(await ben.on('notify-offer').count()).toBe(0)
    await ben.say('hi')
    await ben.on('notify-enable').waitFor()
    expect((await counts(ben.page)).asked).toBe(0)
    await ben.on('notify-enable').click()
    await ben.on('notify-offer').waitFor({ state: 'detached' })
    expect((await counts(ben.page)).asked).toBe(1)
    // Who leaves within a second has not read, and would be told of both.
    await expect.poll(async () => (await ann.ownStates()).at(-1)).toBe('read')
    await ben.goto('/settings/notifications')
    await ben.page.locator('[data-testid=push-toggle][data-state=on][aria-checked=true]').waitFor()
    await ben.on('hide-toggle').click()
    await ben.page.locator('[data-testid=hide-toggle][aria-checked=true]').waitFor()

    // The browser gave up its subscription for another one, which no page was asked about.
    await ben.context.serviceWorkers()[0]!.evaluate(async (newSubscription) => {
      let done: Promise<unknown> | undefined
      dispatchEvent(Object.assign(new Event('pushsubscriptionchange'), { newSubscription: { toJSON: () => newSubscription }, waitUntil: (work: Promise<unknown>) => void (done = work) }))
      await done
    }, service.subscribe('benno-renewed'))

    await ben.page.close()
    await ann.say('a secret')
    // The old one ends when its push service says so; this one never does.
    const push = (await service.until(2)).find(({ path }) => path === '/benno-renewed')
    expect(push!.payload).toMatchObject({ title: 'anna', kind: 'direct', count: 1, badge: 1 })
    expect(push!.payload).not.toHaveProperty('text')

    // What the service worker makes of it, with no page open.
    const page = await ben.context.newPage()
    await page.goto(`${ben.proxy.url}/robots.txt`)
    await pushTo(await ben.context.newCDPSession(page), ben.proxy.url, JSON.stringify(push!.payload))
    await expect.poll(() => shown(page)).toMatchObject([{ title: 'anna', body: 'New message', seq: push!.payload.seq }])
    const back = new Person('benno', page, ben.proxy.url)
    await back.goto(`/chat/${push!.payload.conversation}`)
    await back.sees('a secret')
    await expect.poll(() => shown(page)).toEqual([])
    expect([...ann.errors, ...ben.errors, ...back.errors]).toEqual([])
    await Promise.all([ann.context.close(), ben.context.close()])
  })
})

describe('settings of notifications', () => {
  test('[U-N2] quiet hours and do not disturb hold at once, also in a page on another device', async () => {
    const [ann, ben] = [await world.visitor('ada'), await world.visitor('bert', { locale: 'zh-CN' })]
    await world.pair(ann, ben)
    await expect.poll(() => ben.page.title()).not.toMatch(/^\(/)
    await ben.goto('/settings/notifications')
    await ben.on('quiet-toggle').click()
    await ben.on('quiet-from').waitFor()
    expect([await ben.on('quiet-from').inputValue(), await ben.on('quiet-to').inputValue()]).toEqual(['22:00', '07:00'])
    const settings = () => ben.page.evaluate(async () => (await (await fetch('/api/me/notifications')).json()) as { settings: { quiet?: { from: number, to: number, zone: string }, pausedUntil?: number } })
    await ben.on('quiet-from').fill('23:30')
    await expect.poll(async () => (await settings()).settings.quiet?.from).toBe(23 * 60 + 30)
    await ben.page.locator('[data-testid=pause][data-choice=twoHours]').click()
    await ben.on('pause-end').waitFor()
    expect((await settings()).settings.pausedUntil).toBeGreaterThan(Date.now() + 3_600_000)
    // A page in front, elsewhere: it would show a card.
    await ann.say('quiet now')
    await expect.poll(() => ben.page.title()).toMatch(/^\(1\) /)
    expect(await ben.on('message-card').count()).toBe(0)
    await ben.on('pause-end').click()
    await ben.on('pause-end').waitFor({ state: 'detached' })
    await ben.on('quiet-toggle').click()
    await ben.on('quiet-from').waitFor({ state: 'detached' })
    await ann.say('heard again')
    await ben.on('message-card').waitFor()
    expect(await ben.on('message-card').innerText()).toContain('2 条新消息')
    expect([...ann.errors, ...ben.errors]).toEqual([])
    await Promise.all([ann.context.close(), ben.context.close()])
  })
})

describe('the app', () => {
  test('[U-N3] can be installed, and says so where one looks for it', async () => {
    const [ann, ben] = [await world.visitor('alma'), await world.visitor('boris')]
    await world.pair(ann, ben)
    const devtools = await ben.context.newCDPSession(ben.page)
    await ben.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
    const manifest = await devtools.send('Page.getAppManifest')
    expect(manifest.errors).toEqual([])
    expect(JSON.parse(manifest.data ?? '{}')).toMatchObject({ name: 'Parley', start_url: '/chat', display: 'standalone' })
    await expect.poll(async () => (await devtools.send('Page.getInstallabilityErrors')).installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([])
    for (const { src, sizes } of (JSON.parse(manifest.data ?? '{}') as { icons: { src: string, sizes: string }[] }).icons) {
      const size = await ben.page.evaluate(url => new Promise<string>((resolve) => {
        const image = new Image()
        image.addEventListener('load', () => resolve(`${image.naturalWidth}x${image.naturalHeight}`))
        image.addEventListener('error', () => resolve('missing'))
        image.src = url
      }), src)
      if (sizes !== 'any') expect({ src, size }).toEqual({ src, size: sizes })
    }
    // Offered once by the browser; kept for whoever wants it later.
    await ben.goto('/settings/notifications')
    await ben.on('sound-toggle').waitFor()
    expect(await ben.on('install-app').count()).toBe(0)
    await ben.page.evaluate(() => dispatchEvent(Object.assign(new Event('beforeinstallprompt', { cancelable: true }), { prompt: async () => document.documentElement.setAttribute('data-installed', '') })))
    await ben.on('install-app').click()
    await expect.poll(() => ben.page.evaluate(() => document.documentElement.hasAttribute('data-installed'))).toBe(true)
    await ben.on('install-app').waitFor({ state: 'detached' })
    expect([...ann.errors, ...ben.errors]).toEqual([])
    await Promise.all([ann.context.close(), ben.context.close()])
  })
})

/** Gives the service worker a push, as the browser does when one has come. */
async function pushTo(devtools: CDPSession, origin: string, data: string): Promise<void> {
  const registered = new Promise<string>((resolve) => {
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [found] = registrations.filter(({ scopeURL, isDeleted }) => scopeURL.startsWith(origin) && !isDeleted)
      if (found) resolve(found.registrationId)
    })
  })
  await devtools.send('ServiceWorker.enable')
  await devtools.send('ServiceWorker.deliverPushMessage', { origin, registrationId: await registered, data })
}
