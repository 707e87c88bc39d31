import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWorld } from '#parley/tests/helpers/browser-world.ts'
import type { BrowserWorld } from '#parley/tests/helpers/browser-world.ts'
import { crash } from '#parley/tests/helpers/devtools.ts'
import { Person } from '#parley/tests/helpers/person.ts'
import { png } from '#parley/tests/helpers/sample-files.ts'

let world: BrowserWorld
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-content-'))
  world = await openWorld()
})
afterAll(async () => {
  await world.close()
  await rm(folder, { recursive: true, force: true })
})

type Visitor = Awaited<ReturnType<BrowserWorld['visitor']>>

async function pair(...names: [string, string]): Promise<[Visitor, Visitor]> {
  const [one, two] = [await world.visitor(names[0]), await world.visitor(names[1])]
  await world.pair(one, two)
  return [one, two]
}
async function pick(person: Person, name: string, bytes: Uint8Array | string): Promise<void> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  await person.on('attach').waitFor({ state: 'attached' })
  await person.on('attach').setInputFiles(path)
  await person.page.locator('[data-testid="picked-file"][data-kept="yes"]', { hasText: name.slice(0, 20) }).waitFor()
}
const confirmed = (person: Person, kind: string) => person.page.locator(`[data-testid="message"][data-content="${kind}"][data-seq]`)
const end = (...people: Visitor[]) => Promise.all(people.map(({ context }) => context.close()))

describe('a draft with a picture', () => {
  test('[U-P6, U-C3] stays with its conversation, survives a dying tab, and is sent once, with its text, description and reply', async () => {
    const [ann, ben] = await pair('ann', 'ben')
    await ben.say('which cat?')
    await ann.sees('which cat?')
    const draftPath = new URL(ann.page.url()).pathname
    await ann.page.locator('[data-testid="message"]', { hasText: 'which cat?' }).hover()
    await ann.page.locator('[data-testid="message"]', { hasText: 'which cat?' }).locator('[data-testid="message-menu"]').click()
    await ann.on('reply').click()
    await pick(ann, 'cat.png', png(40, 30))
    await ann.on('picked-describe').click()
    await ann.on('picked-alt').fill('a cat on a roof')
    await ann.on('picked-alt').press('Enter')
    await ann.on('composer').fill('this one')
    await ann.startGroup('Elsewhere', ['ben'])
    await expect.poll(() => ann.on('picked-file').count()).toBe(0)
    const entry = ann.page.locator(`[data-testid="conversation-item"][data-conversation="${draftPath.split('/').at(-1)}"]`)
    await entry.getByText('this one').waitFor()
    await entry.click()
    await ann.on('picked-file').waitFor()
    await expect.poll(() => ann.on('composer').inputValue()).toBe('this one')
    await crash(ann.page)

    const again = new Person('ann', await ann.context.newPage(), ann.proxy.url)
    await again.goto(draftPath)
    await again.on('picked-file').waitFor()
    expect(await again.on('composer').inputValue()).toBe('this one')
    await again.on('composer-reply').waitFor()
    expect(await again.on('picked-file').locator('img').getAttribute('alt')).toBe('a cat on a roof')
    await again.on('send').click()
    await again.on('picked-file').waitFor({ state: 'detached' })
    await confirmed(again, 'image').waitFor()
    await confirmed(ben, 'image').waitFor()
    await ben.page.getByRole('img', { name: 'a cat on a roof' }).waitFor()
    expect(await confirmed(ben, 'image').getByText('this one').count()).toBe(1)
    expect(await confirmed(ben, 'image').getByText('which cat?').count()).toBe(1)
    await again.page.reload()
    await confirmed(again, 'image').waitFor()
    await again.on('attach').waitFor({ state: 'attached' })
    expect([await again.on('picked-file').count(), await confirmed(again, 'image').count(), await again.on('composer').inputValue()]).toEqual([0, 1, ''])
    expect(again.errors).toEqual([])
    await end(ann, ben)
  })

  test('[U-P9] files of no bytes and of very long names go like any other', async () => {
    const [cat, dan] = await pair('cat', 'dan')
    const long = `${'很长的名字-'.repeat(12)}.txt`
    await pick(cat, long, '')
    await cat.on('send').click()
    await confirmed(dan, 'file').waitFor()
    expect(await dan.on('file').getAttribute('download')).toBe(long)
    const box = (await confirmed(dan, 'file').boundingBox())!
    expect(box.width).toBeLessThanOrEqual(792)
    await end(cat, dan)
  })
})

describe('code', () => {
  const code = 'const answer: number = 42 // why\nreturn `${answer}`'
  const block = (person: Person) => person.on('code-block').last()

  test('[U-T5, U-A4] is coloured without moving, stays the text as typed, and is coloured offline too', async () => {
    const [eva, fay] = await pair('eva', 'fay')
    const violations: string[] = []
    fay.page.on('console', message => void (/content security|refused/i.test(message.text()) && violations.push(message.text())))
    const text = `look\n\`\`\`ts\n${code}\n\`\`\``
    await eva.on('composer').fill(text)
    await eva.on('send').click()
    await block(fay).locator('pre').waitFor()
    const before = await block(fay).boundingBox()
    await fay.page.locator('[data-testid="code-block"][data-coloured]').waitFor()
    expect((await block(fay).boundingBox())!.height).toBe(before!.height)
    expect(await block(fay).locator('pre span').allInnerTexts()).toEqual(expect.arrayContaining(['const', '42', '// why']))
    expect((await fay.rows()).at(-1)!.text).toBe(text)
    expect(await block(fay).locator('pre').innerText()).toBe(code)
    const colours = await block(fay).locator('pre span').evaluateAll(spans => new Set(spans.map(span => getComputedStyle(span).color)).size)
    expect(colours).toBeGreaterThan(2)

    // What a thread has loaded is kept like what the page has.
    const kept = () => fay.page.evaluate(async () => (await Promise.all((await caches.keys()).map(async name => (await (await caches.open(name)).keys()).map(({ url }) => url)))).flat().filter(url => url.includes('highlight-worker') || url.includes('typescript')).length)
    await expect.poll(kept).toBeGreaterThanOrEqual(2)
    await fay.context.setOffline(true)
    await fay.page.reload()
    await fay.page.locator('[data-testid="code-block"][data-coloured]').waitFor()
    expect([violations, fay.errors]).toEqual([[], []])
    await end(eva, fay)
  })
})

describe('reactions', () => {
  test('[U-M1] with a skin tone are counted apart from those of another', async () => {
    const [ivy, jon] = await pair('ivy', 'jon')
    const react = async (person: Visitor) => {
      const row = person.page.locator('[data-testid="message"]', { hasText: 'hello' })
      await row.hover()
      await row.locator('[data-testid="message-menu"]').click()
      await person.on('react-more').click()
      await person.on('emoji-search').fill('thumbs up')
    }
    await react(ivy)
    await ivy.page.locator('[data-testid="emoji-option"][data-emoji="👍"]').click({ button: 'right' })
    await ivy.page.locator('[data-testid="emoji-tone"][data-tone="4"]').click()
    await jon.page.locator('[data-testid="reaction"][data-emoji="👍🏾"]').waitFor()
    await react(jon)
    await jon.page.locator('[data-testid="emoji-option"][data-emoji="👍"]').click()
    await expect.poll(() => ivy.on('reaction').evaluateAll(all => all.map(chip => `${chip.getAttribute('data-emoji')} ${chip.getAttribute('aria-pressed')}`).sort())).toEqual(['👍 false', '👍🏾 true'])
    await end(ivy, jon)
  })
})

describe('a message of a type that nobody here knows', () => {
  test('is its text in the timeline, the list, a quote and the search', async () => {
    const [gus, hal] = await pair('gus', 'hal')
    const conversation = new URL(gus.page.url()).pathname.split('/').at(-1)
    const status = await gus.page.evaluate(async ({ id, cid }) => {
      const content = { type: 'custom', name: 'poll', data: { question: 'Lunch?', options: ['Noodles', 'Rice'] }, text: 'Poll: Lunch?\n1. Noodles' }
      const answer = await fetch(`/api/conversations/${id}/messages`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ cid, content }) })
      return answer.status
    }, { id: conversation, cid: '0199c1de-8000-7b02-9a1c-0000000000aa' })
    expect(status).toBeLessThan(300)
    await confirmed(hal, 'custom').getByText('Poll: Lunch?').waitFor()
    await hal.page.locator(`[data-testid="conversation-item"][data-conversation="${conversation}"]`).getByText('Poll: Lunch? 1. Noodles').waitFor()
    await confirmed(hal, 'custom').hover()
    await confirmed(hal, 'custom').locator('[data-testid="message-menu"]').click()
    await hal.on('reply').click()
    await hal.on('composer-reply').getByText('Poll: Lunch?').waitFor()
    await hal.on('search-here').click()
    await hal.on('search').fill('Noodles')
    await hal.on('search-hit').getByText('Noodles').waitFor()
    await end(gus, hal)
  })
})
