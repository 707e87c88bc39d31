import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'
import { arrive, Person } from '#parley/tests/helpers/person.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

let browser: Browser
let server: ServerProcess

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()])
})

afterAll(async () => {
  await browser.close()
  await server.dispose()
})

describe('two people in two browsers', () => {
  test('[S1, O2, U-D1] register, talk both ways, and every tick says what happened', async () => {
    const ann = await arrive(browser, server.url, 'ann')
    const wang = await arrive(browser, server.url, '王小明', { locale: 'zh-CN', colorScheme: 'dark' })
    await ann.authenticate('register')
    await wang.authenticate('register')
    await ann.startDirect('王小明')
    await ann.say('Good morning')
    await wang.open('ann')
    await wang.sees('Good morning')
    await wang.say('早上好，海报我看过了')
    await ann.sees('早上好，海报我看过了')
    await ann.say('<img src=x onerror=alert(1)> & [link](javascript:alert(1))')
    const texts = ['Good morning', '早上好，海报我看过了', '<img src=x onerror=alert(1)> & [link](javascript:alert(1))']
    await wang.seesExactly(texts)
    await ann.seesExactly(texts)
    await expect.poll(() => ann.ownStates()).not.toContain('sent')
    for (const person of [ann, wang]) expect((await person.rows()).map(row => row.seq)).toEqual([1, 2, 3])
    expect((await ann.rows()).map(row => row.cid)).toEqual((await wang.rows()).map(row => row.cid))
    expect([...ann.errors, ...wang.errors]).toEqual([])
    await Promise.all([ann.context.close(), wang.context.close()])
  })

  test('[U-P1, U-P4] Shift+Enter breaks a line, Enter sends, the box stays focused', async () => {
    const cara = await arrive(browser, server.url, 'cara')
    await cara.authenticate('register')
    await cara.startGroup('Notes', [])
    const composer = cara.on('composer')
    await composer.click()
    await cara.page.keyboard.type('first line')
    await cara.page.keyboard.press('Shift+Enter')
    await cara.page.keyboard.type('second line')
    await expect.poll(async () => {
      await cara.page.keyboard.press('Enter')
      return composer.inputValue()
    }).toBe('')
    expect((await cara.sees('first line\nsecond line')).text).toBe('first line\nsecond line')
    expect(await composer.evaluate(box => box === document.activeElement)).toBe(true)
    await cara.context.close()
  })
})

describe('a newcomer', () => {
  test.each([['desktop', 1280], ['phone', 390]])('is shown the way in on a %s, and it leads somewhere', async (device, width) => {
    const nina = await arrive(browser, server.url, `nina.${device}`, { viewport: { width, height: 844 } })
    await nina.authenticate('register')
    await nina.page.getByRole('button', { name: /^Notes to self/ }).click()
    await nina.say('milk, bread')
    await nina.seesExactly(['milk, bread'])
    expect(nina.errors).toEqual([])
    await nina.context.close()
  })
})

describe('one person, several tabs', () => {
  test('[R9, F38] two tabs that queued while offline send each message once, and both show the same', async () => {
    const dora = await arrive(browser, server.url, 'dora')
    await dora.authenticate('register')
    await dora.startGroup('Tabs', [])
    await dora.say('before')
    const second = new Person('dora', await dora.context.newPage(), server.url)
    await second.goto(new URL(dora.page.url()).pathname)
    await second.sees('before')
    await server.kill('SIGKILL')
    await Promise.all([dora.offline(), second.offline()])
    await dora.say('one')
    await second.say('two')
    await dora.say('three')
    server = await server.restart()
    const expected = ['before', 'one', 'two', 'three']
    await Promise.all([dora, second].map(async (tab) => {
      await expect.poll(async () => (await tab.rows()).every(row => row.seq !== undefined), { timeout: 30_000 }).toBe(true)
      await tab.seesExactly(expected)
      await expect.poll(() => tab.pending()).toBe(0)
    }))
    expect([...dora.errors, ...second.errors]).toEqual([])
    await dora.context.close()
  })
})

describe('log-out', () => {
  test('[X33] (PROTOCOL 10) ends the session, leaves nothing on the device, and the next one starts clean', async () => {
    const emil = await arrive(browser, server.url, 'emil')
    await emil.authenticate('register')
    await emil.startGroup('Private', [])
    await emil.say('only for me')
    await expect.poll(() => emil.pending()).toBe(0)
    await emil.logOut()
    await emil.page.waitForURL('**/login**')
    const left = await emil.page.evaluate(async () => {
      const names = (await indexedDB.databases()).map(({ name }) => name!)
      const rows: unknown[] = []
      for (const name of names) {
        const database = await new Promise<IDBDatabase>((resolve, reject) => {
          const request = indexedDB.open(name)
          request.onsuccess = () => resolve(request.result)
          request.onerror = () => reject(new Error('cannot open'))
        })
        for (const store of database.objectStoreNames) {
          rows.push(...await new Promise<unknown[]>((resolve) => {
            const request = database.transaction(store).objectStore(store).getAll()
            request.onsuccess = () => resolve(request.result)
          }))
        }
        database.close()
      }
      return JSON.stringify(rows)
    })
    expect(left).not.toContain('only for me')
    await emil.goto('/chat')
    await emil.page.waitForURL('**/login**')
    await emil.authenticate('login')
    await emil.open('Private')
    await emil.sees('only for me')
    await emil.context.close()
  })

  test('[R15, U-D5] with messages still queued it asks, and staying keeps them', async () => {
    const fred = await arrive(browser, server.url, 'fred')
    await fred.authenticate('register')
    await fred.startGroup('Later', [])
    await server.kill('SIGKILL')
    await fred.offline()
    await fred.say('not yet sent')
    await fred.logOut()
    const dialog = fred.page.getByRole('alertdialog').or(fred.page.getByRole('dialog'))
    await dialog.waitFor()
    await fred.page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await fred.pending()).toBe(1)
    server = await server.restart()
    await expect.poll(() => fred.pending(), { timeout: 30_000 }).toBe(0)
    expect((await fred.sees('not yet sent')).seq).toBe(1)
    await fred.context.close()
  })
})
