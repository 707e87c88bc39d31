import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWorld } from '#parley/tests/helpers/browser-world.ts'
import type { BrowserWorld } from '#parley/tests/helpers/browser-world.ts'
import { clearSiteData, crash, fillDevice, shrinkDevice } from '#parley/tests/helpers/devtools.ts'
import { opsOnDisk } from '#parley/tests/helpers/device-disk.ts'
import { Person } from '#parley/tests/helpers/person.ts'

let world: BrowserWorld

beforeAll(async () => {
  world = await openWorld()
})

afterAll(() => world.close())

/** Another tab of the same browser, at the same place. */
async function openTab(person: Person & { proxy: { url: string } }): Promise<Person> {
  const tab = new Person(person.name, await person.page.context().newPage(), person.proxy.url)
  await tab.goto(new URL(person.page.url()).pathname)
  return tab
}

const notices = (person: Person) => person.on('notice').evaluateAll(all => all.map(notice => (notice as HTMLElement).dataset['notice']))

describe('the tab', () => {
  test('[F37, S6] the renderer crashes right after Send: the message is there on reopening, and is sent once', async () => {
    const ann = await world.visitor('ann')
    const ben = await world.visitor('ben')
    await world.pair(ann, ben)
    await ann.proxy.refuse()
    ann.proxy.drop()
    await ann.offline()
    await ann.say('last words')
    await expect.poll(() => opsOnDisk(ann.page)).toBe(1)
    await crash(ann.page)
    await ann.proxy.heal()
    const again = await openTab(ann)
    await ben.seesExactly(['hello', 'last words'])
    await again.seesExactly(['hello', 'last words'])
    await expect.poll(() => again.pending()).toBe(0)
    expect((await again.rows()).map(row => row.cid)).toEqual((await ben.rows()).map(row => row.cid))

    // With the link alive nobody can say how far it got, but both sides must agree, and nothing may be there twice.
    await again.on('composer').fill('and more')
    await again.on('send').click()
    await crash(again.page)
    const third = await openTab(ann)
    await third.connection('online')
    await third.say('here again')
    await ben.sees('here again')
    await expect.poll(() => third.pending()).toBe(0)
    const texts = (await ben.rows()).map(row => row.text)
    expect(texts.filter(text => text !== 'and more')).toEqual(['hello', 'last words', 'here again'])
    expect(texts.filter(text => text === 'and more').length).toBeLessThanOrEqual(1)
    await third.seesExactly(texts)
    await Promise.all([ann.context.close(), ben.context.close()])
  })
})

describe('the device\'s storage', () => {
  test('[U-C4] what came just before a reload without a network is on the device', async () => {
    const [ann, ben] = [await world.visitor('ulla'), await world.visitor('vito')]
    await world.pair(ann, ben)
    const texts = ['hello']
    for (const text of ['one', 'two', 'three', 'four', 'five']) {
      await ben.say(text)
      await ann.sees(text)
      await ann.context.setOffline(true)
      await ann.page.reload()
      await ann.seesExactly([...texts, text])
      texts.push(text)
      await ann.context.setOffline(false)
      await ann.connection('online')
    }
    await Promise.all([ann.context.close(), ben.context.close()])
  })

  test('[F40, B8] no room left: the message stays in the tab with one notice, and is sent when the server is back', async () => {
    const emil = await world.visitor('emil')
    const faye = await world.visitor('faye')
    await shrinkDevice(emil.page, emil.proxy.url)
    await world.pair(emil, faye)
    // Before the outage: it takes a while, in which the pauses between two attempts would grow.
    await fillDevice(emil.page)
    await emil.proxy.refuse()
    emil.proxy.drop()
    await emil.offline()
    for (const text of ['one', 'two']) await emil.say(text)
    await emil.page.getByText('This device has no room left.').waitFor()
    expect(await emil.pending()).toBe(2)
    expect((await emil.ownStates()).slice(1)).toEqual(['queued', 'queued'])
    expect(await opsOnDisk(emil.page)).toBe(0)
    await emil.proxy.heal()
    await faye.seesExactly(['hello', 'one', 'two'])
    await expect.poll(() => emil.pending()).toBe(0)
    expect(await notices(emil)).toEqual(['notice.deviceStorageFull'])
    await emil.seesExactly(['hello', 'one', 'two'])
    expect([...emil.errors, ...faye.errors]).toEqual([])
    await Promise.all([emil.context.close(), faye.context.close()])
  })

  test.each([
    ['throws at open', 'gwen', 'hugo', () => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('forbidden by policy', 'SecurityError')
      }
    }],
    ['fails at open', 'ines', 'jan', () => {
      const open = IDBFactory.prototype.open
      // As private windows did: the request is made, and fails. No browser accepts version 2^64.
      IDBFactory.prototype.open = function () {
        return open.call(this, 'parley', 1.8e19)
      }
    }],
    ['is not there', 'kim', 'lars', () => {
      Reflect.deleteProperty(globalThis, 'indexedDB')
    }],
  ])('[F41] IndexedDB %s: works from memory, with one notice', async (_how, first, second, forbid) => {
    const one = await world.visitor(first)
    const two = await world.visitor(second)
    await one.context.addInitScript(forbid)
    await world.pair(one, two)
    await one.page.getByText('This browser keeps nothing on the device.').waitFor()
    await one.proxy.refuse()
    one.proxy.drop()
    await one.offline()
    await one.say('from memory')
    expect(await one.pending()).toBe(1)
    await one.proxy.heal()
    await two.seesExactly(['hello', 'from memory'])
    await one.seesExactly(['hello', 'from memory'])
    await expect.poll(() => one.pending()).toBe(0)
    expect(await notices(one)).toEqual(['notice.deviceStorageUnavailable'])
    expect([...one.errors, ...two.errors]).toEqual([])
    await Promise.all([one.context.close(), two.context.close()])
  })

  test('[F42, B8] a newer version upgrades the database: it is not kept waiting, and the old tab asks for a reload and still talks', async () => {
    const mia = await world.visitor('mia')
    const ned = await world.visitor('ned')
    await world.pair(mia, ned)
    // The next version: the same page, but for the number under which it opens its database, and with an upgrade that has nothing to do.
    const newer = new Person('mia', await mia.context.newPage(), mia.proxy.url)
    await newer.page.addInitScript(() => {
      const open = IDBFactory.prototype.open
      IDBFactory.prototype.open = function (name, version) {
        const opening = open.call(this, name, version === undefined ? undefined : version + 1)
        opening.addEventListener('upgradeneeded', event => void (event.oldVersion > 0 && event.stopImmediatePropagation()))
        return opening
      }
    })
    await newer.goto(new URL(mia.page.url()).pathname)
    await newer.sees('hello')
    await newer.connection('online')
    await mia.page.getByText('A new version of Parley is here.').waitFor()
    await mia.page.getByRole('button', { name: 'Reload' }).waitFor()
    const versions = await newer.page.evaluate(async () => (await indexedDB.databases()).filter(({ name }) => name === 'parley').map(({ version }) => version))
    expect(versions).toEqual([2])
    await mia.say('from the old tab')
    await newer.say('from the new one')
    for (const person of [mia, newer, ned]) {
      await person.seesExactly(['hello', 'from the old tab', 'from the new one'])
      await expect.poll(() => person.pending()).toBe(0)
    }
    expect(await notices(newer)).toEqual([])
    expect([...mia.errors, ...newer.errors, ...ned.errors]).toEqual([])
    await Promise.all([mia.context.close(), ned.context.close()])
  })

  test('[F43, B8] site data cleared while open: no crash, what was said stays, and the next visit begins at the log-in', async () => {
    const olga = await world.visitor('olga')
    const pete = await world.visitor('pete')
    await world.pair(olga, pete)
    await clearSiteData(olga.page)
    await olga.say('after the clearing')
    await pete.seesExactly(['hello', 'after the clearing'])
    await pete.say('I hear you')
    await olga.seesExactly(['hello', 'after the clearing', 'I hear you'])
    await expect.poll(() => olga.pending()).toBe(0)
    await olga.page.reload()
    await olga.page.waitForURL('**/login**')
    await olga.authenticate('login')
    await olga.open('pete')
    await olga.seesExactly(['hello', 'after the clearing', 'I hear you'])
    expect([...olga.errors, ...pete.errors]).toEqual([])
    await Promise.all([olga.context.close(), pete.context.close()])
  })
})
