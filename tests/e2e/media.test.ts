import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'
import { arrive, Person } from '#parley/tests/helpers/person.ts'
import { page as html, png, svg, wav } from '#parley/tests/helpers/sample-files.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

let browser: Browser
let server: ServerProcess
let folder = ''
let people = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-media-'))
  ;[browser, server] = await Promise.all([launchBrowser(), startServer({ env: { NUXT_UPLOAD_LIMIT: '1' } })])
})
afterAll(async () => {
  await browser.close()
  await server.dispose()
  await rm(folder, { recursive: true, force: true })
})

type Visitor = Awaited<ReturnType<typeof arrive>>

const made = async (name: string, bytes: Uint8Array | string) => {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

/** Someone alone with notes to self; `pair` for two who talk. */
async function alone(options?: Parameters<typeof arrive>[3]): Promise<Visitor> {
  const person = await arrive(browser, server.url, `solo${++people}`, options)
  await person.authenticate('register')
  await person.startGroup('Files', [])
  // The ways in for files come once the page is idle.
  await person.on('attach').waitFor({ state: 'attached' })
  return person
}

async function pair(): Promise<[Visitor, Visitor]> {
  const names = [`ann${++people}`, `bob${people}`] as const
  const both = [await arrive(browser, server.url, names[0]), await arrive(browser, server.url, names[1], { colorScheme: 'dark', locale: 'zh-CN' })] as [Visitor, Visitor]
  for (const person of both) await person.authenticate('register')
  await both[0].startDirect(names[1])
  await both[0].say('hello')
  await both[1].open(names[0])
  await both[1].sees('hello')
  return both
}

const row = (person: Person, kind: string) => person.page.locator(`[data-testid="message"][data-content="${kind}"]`)
const confirmed = (person: Person, kind: string) => person.page.locator(`[data-testid="message"][data-content="${kind}"][data-seq]`)

/** Sends what was picked; within half a second of the conversation's opening Enter does nothing (U-P3). */
async function send(person: Person): Promise<void> {
  await person.on('picked-file').first().waitFor()
  await person.on('send').click()
  await person.on('picked-file').first().waitFor({ state: 'detached' })
}

async function pick(person: Person, ...paths: string[]): Promise<void> {
  await person.on('attach').setInputFiles(paths)
  await person.on('picked-file').nth(paths.length - 1).waitFor().catch(async (cause: unknown) => {
    throw new Error(`picked and not shown; the page says ${JSON.stringify(await person.page.locator('body').innerText())}, its errors ${JSON.stringify(person.errors)}`, { cause })
  })
}

/** A picture has arrived when the browser has drawn it. */
async function drawn(person: Person): Promise<{ width: number, height: number, url: string }> {
  const picture = confirmed(person, 'image').last().locator('img')
  await expect.poll(() => picture.evaluate(img => (img as HTMLImageElement).complete && (img as HTMLImageElement).naturalWidth > 0)).toBe(true)
  return picture.evaluate(img => ({ width: (img as HTMLImageElement).naturalWidth, height: (img as HTMLImageElement).naturalHeight, url: (img as HTMLImageElement).src }))
}

/** What a user's paste or drop carries: text, and a picture that the page makes itself. */
async function transfer(page: Page, kind: 'paste' | 'dragenter' | 'drop', texts: Record<string, string>, file?: { name: string, bytes: Buffer }): Promise<void> {
  await page.evaluate(({ kind, texts, file }) => {
    const data = new DataTransfer()
    for (const [type, text] of Object.entries(texts)) data.setData(type, text)
    if (file) data.items.add(new File([Uint8Array.from(file.bytes)], file.name, { type: 'image/png' }))
    const target = document.querySelector(kind === 'paste' ? '[data-testid="composer"]' : '[data-testid="timeline"]')!
    target.dispatchEvent(kind === 'paste'
      ? new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
      : new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }))
  }, { kind, texts, file: file && { name: file.name, bytes: [...file.bytes] } })
}

describe('two people', () => {
  test('[U-P10, U-T6] a picture with words goes up, is shown to the other in a box that does not move, and opens large', async () => {
    const [ann, bob] = await pair()
    await pick(ann, await made('poster.png', png(600, 400)))
    await ann.on('composer').fill('what do you think?')
    await send(ann)
    expect(await ann.on('composer').inputValue()).toBe('')
    expect(await drawn(ann)).toMatchObject({ width: 600, height: 400 })
    expect(await drawn(bob)).toMatchObject({ width: 600, height: 400, url: expect.stringContaining('/api/attachments/') })
    await bob.sees('what do you think?')
    await expect.poll(() => row(ann, 'image').getAttribute('data-state')).toMatch(/sent|delivered|read/)

    // Once more, with a picture that takes its time: the box is there before it.
    let hold: Route | undefined
    await bob.page.context().route('**/api/attachments/*', route => void (hold = route))
    await bob.page.evaluate(() => caches.keys())
    await pick(ann, await made('slow.png', png(300, 500, [20, 90, 160])))
    await send(ann)
    await confirmed(bob, 'image').nth(1).waitFor()
    await expect.poll(() => hold !== undefined).toBe(true)
    const before = await confirmed(bob, 'image').nth(1).boundingBox()
    await hold!.continue()
    await drawn(bob)
    expect(await confirmed(bob, 'image').nth(1).boundingBox()).toEqual(before)
    await bob.page.context().unroute('**/api/attachments/*')

    const picture = confirmed(bob, 'image').last().getByTestId('picture')
    await picture.click()
    await bob.on('lightbox').waitFor()
    expect(await bob.page.evaluate(() => document.activeElement?.closest('[data-testid="lightbox"]') !== null)).toBe(true)
    for (let n = 0; n < 5; n++) await bob.page.keyboard.press('Tab')
    expect(await bob.page.evaluate(() => document.activeElement === document.body || document.activeElement?.closest('[data-testid="lightbox"]') !== null)).toBe(true)
    await bob.page.keyboard.press('Escape')
    await bob.on('lightbox').waitFor({ state: 'detached' })
    expect(await picture.evaluate(button => button === document.activeElement)).toBe(true)
    expect([...ann.errors, ...bob.errors]).toEqual([])
    await Promise.all([ann.context.close(), bob.context.close()])
  })

  test('[U-T6] a large picture is shown by a smaller copy, and opens as it was sent', async () => {
    const [ann, bob] = await pair()
    await pick(ann, await made('wide.png', png(1_400, 60, undefined, true)))
    await send(ann)
    await expect.poll(() => row(ann, 'image').getAttribute('data-state')).toMatch(/sent|delivered|read/)
    expect(await drawn(bob)).toMatchObject({ width: 720, height: 31, url: expect.stringMatching(/\/preview$/) })
    await confirmed(bob, 'image').last().getByTestId('picture').click()
    const large = bob.on('lightbox').locator('img')
    await expect.poll(() => large.evaluate(img => (img as HTMLImageElement).naturalWidth)).toBe(1_400)
    expect([...ann.errors, ...bob.errors]).toEqual([])
    await Promise.all([ann.context.close(), bob.context.close()])
  })

  test('[X29] a file is saved under its name, a page among files never runs, and a stranger gets nothing', async () => {
    const [ann, bob] = await pair()
    const eve = await arrive(browser, server.url, `eve${people}`)
    await eve.authenticate('register')
    await pick(ann, await made('report 报告.html', html), await made('drawing.svg', svg))
    await send(ann)
    await expect.poll(() => confirmed(bob, 'file').count()).toBe(2)
    const links = await confirmed(bob, 'file').getByTestId('file').evaluateAll(all => all.map(link => (link as HTMLAnchorElement).href))
    const saved = bob.page.waitForEvent('download')
    await confirmed(bob, 'file').first().getByTestId('file').click()
    expect((await saved).suggestedFilename()).toBe('report 报告.html')
    for (const link of links) {
      // Opened as a page of its own, which a link in a message could do: the browser saves it instead.
      const tab = await bob.context.newPage()
      const download = tab.waitForEvent('download')
      await tab.goto(link).catch(() => undefined)
      await download
      expect(await tab.evaluate(() => [document.title, 'ran' in window])).toEqual(['', false])
      await tab.close()
      expect((await eve.page.request.get(link)).status()).toBe(404)
    }
    expect(bob.errors).toEqual([])
    await Promise.all([ann, bob, eve].map(person => person.context.close()))
  })

  test('sound is played where it is, and knows how long it is', async () => {
    const [ann, bob] = await pair()
    await pick(ann, await made('bell.wav', wav()))
    await send(ann)
    const sound = confirmed(bob, 'audio')
    const player = sound.locator('audio')
    await expect.poll(() => player.evaluate(audio => (audio as HTMLAudioElement).duration)).toBeCloseTo(0.5)
    expect(await sound.innerText()).toContain('bell.wav')
    await sound.getByTestId('sound-play').click()
    await sound.locator('[data-testid="sound-play"][data-state="playing"]').waitFor()
    await sound.locator('[data-testid="sound-play"][data-state="paused"]').waitFor()
    await Promise.all([ann.context.close(), bob.context.close()])
  })
})

describe('ways in', () => {
  test('[U-P8] a picture alone is pasted as a file; with plain text beside it the text is', async () => {
    const person = await alone()
    const picture = { name: 'image.png', bytes: png(20, 20) }
    await transfer(person.page, 'paste', { 'text/plain': 'a cell', 'text/html': '<b>a cell</b>' }, picture)
    await transfer(person.page, 'paste', {}, picture)
    await person.on('picked-file').waitFor()
    expect(await person.on('picked-file').count()).toBe(1)
    expect(await row(person, 'image').count()).toBe(0)
    await person.on('picked-remove').click()
    await person.on('picked-file').waitFor({ state: 'detached' })
    expect(await person.on('send').isDisabled()).toBe(true)
    await transfer(person.page, 'paste', { 'text/html': '<img src="x">' }, picture)
    await send(person)
    await confirmed(person, 'image').waitFor()
    await person.context.close()
  })

  test('[U-P9] files dragged over the page show where they go, and are taken when dropped; text is not', async () => {
    const person = await alone()
    const picture = { name: 'dropped.png', bytes: png(20, 20) }
    await transfer(person.page, 'dragenter', { 'text/plain': 'words' })
    expect(await person.on('drop-overlay').count()).toBe(0)
    await transfer(person.page, 'dragenter', {}, picture)
    await person.on('drop-overlay').waitFor()
    await transfer(person.page, 'drop', {}, picture)
    await person.on('drop-overlay').waitFor({ state: 'detached' })
    await send(person)
    await confirmed(person, 'image').waitFor()
    await person.context.close()
  })

  test('[U-P9] a file over the limit is told before it is sent, and keeps nothing from being sent', async () => {
    const person = await alone()
    await pick(person, await made('huge.bin', Buffer.alloc(1_200_000)), await made('small.txt', 'small'))
    await person.page.getByRole('alert').waitFor()
    expect(await person.page.getByRole('alert').innerText()).toContain('1 MB')
    await person.on('send').click()
    await confirmed(person, 'file').waitFor()
    expect(await row(person, 'file').count()).toBe(1)
    await person.context.close()
  })
})

describe('voice messages', () => {
  test('are recorded, taken into the next message, and played with their length', async () => {
    const talking = await launchBrowser({ args: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] })
    const person = await arrive(talking, server.url, `speaker${++people}`, { permissions: ['microphone'] })
    await person.authenticate('register')
    await person.startGroup('Voice', [])
    await person.on('record').click()
    await person.page.locator('[data-testid="recorder"][data-state="recording"]').waitFor()
    await expect.poll(() => person.on('recorder').innerText()).toContain('0:02')
    await person.on('recorder-finish').click()
    expect(await person.on('picked-file').innerText()).toMatch(/Voice message\s+0:0[23]/)
    const before = person.on('picked-play')
    await before.click()
    await person.page.locator('[data-testid="picked-play"][data-state="playing"]').waitFor()
    await person.page.locator('[data-testid="picked-play"][data-state="paused"]').waitFor() // it has been heard to its end
    await before.click()
    await send(person)
    const sound = confirmed(person, 'audio')
    const player = sound.locator('audio')
    await player.waitFor({ state: 'attached' })
    await expect.poll(() => player.evaluate(audio => (audio as HTMLAudioElement).readyState)).toBeGreaterThan(0)
    expect(await sound.innerText()).toContain('Voice message')
    expect(await sound.getByTestId('sound-time').innerText()).toMatch(/^0:0[23]$/)
    await sound.getByTestId('sound-speed').click()
    await sound.getByTestId('sound-play').click()
    await sound.locator('[data-testid="sound-play"][data-state="playing"]').waitFor()
    expect(await player.evaluate(audio => (audio as HTMLAudioElement).playbackRate)).toBe(1.5)
    await expect.poll(() => sound.getByTestId('sound-position').inputValue().then(Number)).toBeGreaterThan(0.5)
    await sound.locator('[data-testid="sound-play"][data-state="paused"]').waitFor()
    expect(await sound.getByTestId('sound-position').inputValue()).toBe('0')
    await sound.getByTestId('sound-position').press('End')
    expect(await player.evaluate(audio => (audio as HTMLAudioElement).currentTime)).toBeGreaterThan(1)
    expect(await person.page.locator('[data-testid="recorder"]').count()).toBe(0)
    await person.on('record').click()
    await person.page.locator('[data-testid="recorder"][data-state="recording"]').waitFor()
    await person.page.keyboard.press('Escape')
    await person.on('recorder').waitFor({ state: 'detached' })
    expect(await person.on('picked-file').count()).toBe(0)
    expect(person.errors).toEqual([])
    await talking.close()
  })

  test('[U-A4] a microphone that is not allowed is told by name', async () => {
    const person = await alone({ permissions: [] })
    await person.on('record').click()
    await person.page.locator('[data-testid="recorder"][data-state="failed"]').waitFor()
    expect(await person.on('recorder').getByRole('alert').innerText()).toMatch(/microphone/)
    await person.on('recorder-cancel').click()
    await person.on('recorder').waitFor({ state: 'detached' })
    await person.context.close()
  })
})

describe('a bad network', () => {
  test('[U-P10, U-D4] files wait offline like text and go out, in order, when the network is back', async () => {
    const person = await alone()
    await person.say('before')
    await confirmed(person, 'text').waitFor()
    await person.page.waitForLoadState('networkidle')
    await person.context.setOffline(true)
    await pick(person, await made('one.png', png(40, 40)), await made('two.txt', 'two'))
    await send(person)
    await expect.poll(() => person.page.locator('[data-testid="message"][data-content="image"], [data-testid="message"][data-content="file"]').count()).toBe(2)
    await person.say('written meanwhile')
    await expect.poll(() => person.pending()).toBe(3)
    await person.context.setOffline(false)
    await expect.poll(() => person.pending()).toBe(0)
    const order = await person.page.locator('[data-testid="message"][data-kind="message"]').evaluateAll(rows => rows.map(element => `${(element as HTMLElement).dataset['seq']} ${(element as HTMLElement).dataset['content']}`))
    expect(order).toEqual(['1 text', '2 text', '3 image', '4 file'])
    await drawn(person)
    await person.context.close()
  })

  test('[U-P10] progress is shown, an upload can be taken back, and text goes on meanwhile', async () => {
    const person = await alone()
    await person.page.route('**/api/attachments?key=*', () => undefined)
    await pick(person, await made('stuck.png', png(40, 40)))
    await send(person)
    await person.on('upload').waitFor()
    await expect.poll(() => person.on('upload').getAttribute('data-state')).toBe('uploading')
    await person.say('meanwhile')
    await person.page.locator('[data-testid="message"][data-content="text"][data-seq="1"]').waitFor()
    await person.on('upload-cancel').click()
    await row(person, 'image').waitFor({ state: 'detached' })
    expect(await person.pending()).toBe(0)
    await person.context.close()
  })

  test('[U-P10] a reload in the middle of an upload loses nothing and doubles nothing', async () => {
    const person = await alone()
    await person.page.route('**/api/attachments?key=*', () => undefined)
    await pick(person, await made('again.png', png(64, 64)))
    await send(person)
    await expect.poll(() => person.on('upload').getAttribute('data-state')).toBe('uploading')
    const cid = await row(person, 'image').getAttribute('data-cid')
    await person.page.unroute('**/api/attachments?key=*')
    await person.page.reload()
    await confirmed(person, 'image').waitFor()
    expect(await row(person, 'image').getAttribute('data-cid')).toBe(cid)
    expect(await drawn(person)).toMatchObject({ width: 64 })
    await expect.poll(() => person.pending()).toBe(0)
    expect(await row(person, 'image').count()).toBe(1)
    await person.context.close()
  })

  test('two tabs show one upload, and the message is there once', async () => {
    const person = await alone()
    const second = new Person(person.name, await person.context.newPage(), server.url)
    await second.page.goto(person.page.url())
    await second.connection('online')
    let uploads = 0
    await person.context.route('**/api/attachments?key=*', (route) => {
      uploads++
      return route.continue()
    })
    await pick(person, await made('shared.png', png(48, 48)))
    await send(person)
    for (const tab of [person, second]) {
      await confirmed(tab, 'image').waitFor()
      expect(await drawn(tab)).toMatchObject({ width: 48 })
      expect(await row(tab, 'image').count()).toBe(1)
    }
    expect(uploads).toBe(1)
    await person.context.close()
  })
})

test.each([['light', 1280, 'en'], ['dark', 390, 'zh-CN']] as const)('[U-A4] files in %s at %i px: nothing that axe finds', async (colorScheme, width, locale) => {
  const person = await alone({ colorScheme, locale, viewport: { width, height: 800 } })
  await person.say('three files')
  await pick(person, await made('poster.png', png(500, 300)), await made('notes.txt', 'notes'), await made('bell.wav', wav()))
  await person.on('composer').fill('three files')
  const faults = async () => {
    // Evaluated and not put into the page as an element, which the content policy forbids.
    await person.page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))
    return person.page.evaluate(async () => {
      const axe = Reflect.get(globalThis, 'axe') as { run(): Promise<{ violations: { id: string, nodes: { html: string }[] }[] }> }
      return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(' | ')}`)
    })
  }
  expect(await faults()).toEqual([])
  await send(person)
  for (const kind of ['image', 'file', 'audio']) await confirmed(person, kind).waitFor()
  await drawn(person)
  expect(await faults()).toEqual([])
  await person.on('picture').click()
  await person.on('lightbox').waitFor()
  expect(await faults()).toEqual([])
  expect(person.errors).toEqual([])
  await person.context.close()
})
