import { describe, expect, it, vi } from 'vitest'
import { draftBudget } from '#parley/client/draft-files.ts'
import { DeviceStorageError } from '#parley/client/environment.ts'
import type { HttpAnswer, UploadRequest } from '#parley/client/environment.ts'
import type { OutgoingFile } from '#parley/client/types.ts'
import type { AttachmentResponse } from '#parley/shared/http.ts'
import { FakeBrowser } from '#parley/tests/helpers/fake-environment.ts'
import { online, openTab, world } from '#parley/tests/helpers/open-tab.ts'
import type { ScriptedServer } from '#parley/tests/helpers/scripted-server.ts'

const picture = (name = 'cat.png', body = 'pixels'): OutgoingFile => ({ file: new Blob([body], { type: 'image/png' }), name, kind: 'image' })
const measured = (file: OutgoingFile): OutgoingFile => ({ ...file, width: 4, height: 3 })

/** A server that takes every file. */
function taking(server: ScriptedServer = world()) {
  const requests: UploadRequest[] = []
  server.http.upload = async (request): Promise<HttpAnswer<AttachmentResponse>> => {
    requests.push(request)
    const { key, name, file } = request
    return { kind: 'ok', value: { attachment: { id: `file-${key}`, name, mime: 'image/png', size: file.size, width: 40, height: 30 } } }
  }
  return { server, requests }
}

type Tab = ReturnType<typeof openTab>
const soon = (check: () => void | Promise<void>) => vi.waitFor(check, { interval: 1, timeout: 5_000 })
const names = (tab: Tab, conversation = 'c') => tab.client.draftFiles(conversation).map(({ name }) => name)
const facts = (tab: Tab, conversation = 'c') => tab.client.draftFiles(conversation).map(({ cid, file, name, kind }) => ({ cid, facts: Promise.resolve(measured({ file, name, kind })) }))
const add = async (tab: Tab, conversation: string, file: OutgoingFile) => (await tab.client.draftTray()).add(conversation, file)
const keptFiles = (tab: Tab) => soon(() => expect(tab.client.draftFiles('c').every(({ kept }) => kept === 'yes')).toBe(true))
async function ready(server = world(), browser = new FakeBrowser()): Promise<Tab> {
  const tab = openTab(server, browser)
  await tab.client.ready()
  return tab
}

describe('files of a draft', () => {
  it('[U-P6] belong to their conversation, and are there again after a reload, with text and reply target', async () => {
    const server = world()
    server.conversation('d')
    const browser = new FakeBrowser()
    const before = await ready(server, browser)
    await add(before, 'c', picture('1.png', 'one'))
    await add(before, 'c', { ...picture('2.png'), alt: 'a cat' })
    await add(before, 'd', picture('3.png'))
    before.client.saveDraft('c', { text: 'look', replyTo: 7, savedAt: 5 })
    expect([names(before), names(before, 'd')]).toEqual([['1.png', '2.png'], ['3.png']])
    await keptFiles(before)
    await before.clock.advance(200)
    before.client.dispose()
    const after = await ready(server, browser)
    expect(after.client.draft('c')).toEqual({ text: 'look', replyTo: 7, savedAt: 5 })
    expect(after.client.draftFiles('c')).toMatchObject([{ name: '1.png', kind: 'image', kept: 'yes' }, { name: '2.png', alt: 'a cat' }])
    expect(await after.client.draftFiles('c')[0]!.file.text()).toBe('one')
    expect(names(after, 'd')).toEqual(['3.png'])
    expect([after.rows(), after.client.pending()]).toEqual([[], 0])
  })

  it('[U-C3] are told in the list, also without a text', async () => {
    const tab = await online()
    await add(tab, 'c', picture())
    expect(tab.client.conversation('c')).toMatchObject({ draftFiles: ['cat.png'] })
    const [{ cid } = { cid: '' }] = tab.client.draftFiles('c')
    await tab.client.draftTray().then(tray => tray.remove(cid))
    expect(tab.client.conversation('c')).not.toHaveProperty('draftFiles')
    await soon(async () => expect(await tab.browser.disk.values('me', 'upload:')).toEqual([]))
  })

  it('[U-P6] are sent once, the first with the text, each with what it shows', async () => {
    const { server, requests } = taking()
    const tab = await online(server)
    await add(tab, 'c', picture('1.png'))
    await add(tab, 'c', picture('2.png'))
    await tab.client.draftTray().then(tray => tray.describe(tab.client.draftFiles('c')[1]!.cid, 'a cat'))
    tab.client.saveDraft('c', { text: 'look', savedAt: 5 })
    const sent = (await tab.client.draftTray()).send('c', facts(tab), { text: 'look', replyTo: 3 })
    expect([names(tab), tab.client.draft('c')]).toEqual([[], undefined])
    await sent
    await soon(() => expect(tab.rows().map(({ seq }) => seq)).toEqual([1, 2]))
    expect(tab.rows()).toMatchObject([{ replyTo: 3, content: { text: 'look', attachment: { name: '1.png' } } }, { content: { alt: 'a cat', attachment: { name: '2.png' } } }])
    expect(requests).toHaveLength(2)
    await soon(async () => expect(await tab.browser.disk.values('me', 'upload:')).toEqual([]))
    expect(await tab.browser.disk.values('me', 'draft:')).toEqual([])
  })

  it('[U-P6] at whatever write the browser dies, files and text are in the draft or on their way: never in neither, never in both', async () => {
    const server = world()
    const tab = await ready(server)
    const { disk } = tab.browser
    for (const name of ['1.png', '2.png']) await add(tab, 'c', picture(name))
    tab.client.saveDraft('c', { text: 'look', savedAt: 5 })
    await keptFiles(tab)
    await tab.clock.advance(200)
    const states: { key: string, value: unknown }[][] = []
    const look = async () => void states.push(await disk.values('me', ''))
    await look()
    for (const name of ['putValue', 'deleteValue', 'putConversations'] as const) {
      const work = disk[name].bind(disk) as (...given: unknown[]) => Promise<void>
      Object.assign(disk, { [name]: async (...given: unknown[]) => {
        await work(...given)
        await look()
      } })
    }
    await (await tab.client.draftTray()).send('c', facts(tab), { text: 'look' })
    await tab.clock.advance(1_000)
    expect(states.length).toBeGreaterThan(2)
    const found: string[] = []
    for (const values of states) {
      const browser = new FakeBrowser()
      for (const { key, value } of values) await browser.disk.putValue('me', key, value)
      const next = await ready(server, browser)
      const drafted = { text: next.client.draft('c')?.text, files: names(next), rows: next.rows().length }
      if (drafted.rows === 0) expect(drafted).toEqual({ text: 'look', files: ['1.png', '2.png'], rows: 0 })
      else expect([drafted, next.rows()[0]]).toMatchObject([{ text: undefined, files: [], rows: 2 }, { content: { text: 'look' } }])
      found.push(drafted.rows === 0 ? 'draft' : 'sent')
      next.client.dispose()
    }
    expect([found[0], found.at(-1)]).toEqual(['draft', 'sent'])
  })

  it('[U-P6] what is typed while they leave is the next draft', async () => {
    const tab = await ready()
    await add(tab, 'c', picture())
    tab.client.saveDraft('c', { text: 'look', savedAt: 5 })
    await tab.clock.advance(200)
    const late = Promise.withResolvers<OutgoingFile>()
    const sent = (await tab.client.draftTray()).send('c', [{ cid: tab.client.draftFiles('c')[0]!.cid, facts: late.promise }], { text: 'look' })
    tab.client.saveDraft('c', { text: 'next', savedAt: 6 })
    await tab.clock.advance(1_000)
    expect(await tab.browser.disk.value('me', 'draft:c')).toMatchObject({ text: 'look\nnext' })
    late.resolve(measured(picture()))
    await sent
    expect(await tab.browser.disk.value('me', 'draft:c')).toMatchObject({ text: 'next' })
    expect(tab.rows()).toMatchObject([{ content: { text: 'look' } }])
  })

  it('[S3] two tabs that send the same draft make one message of it', async () => {
    const { server } = taking()
    const browser = new FakeBrowser()
    const one = await online(server, browser)
    const two = await online(server, browser)
    await add(one, 'c', picture())
    await soon(() => expect(names(two)).toEqual(['cat.png']))
    browser.deaf = true
    await Promise.all([one, two].map(async tab => (await tab.client.draftTray()).send('c', facts(tab))))
    await soon(async () => {
      await Promise.all([one, two].map(tab => tab.clock.advance(100)))
      expect([one, two].map(tab => tab.client.pending())).toEqual([0, 0])
      expect(await browser.disk.values('me', 'upload:')).toEqual([])
    })
    expect(server.log('c')).toHaveLength(1)
  })

  it('are one draft in all tabs', async () => {
    const browser = new FakeBrowser()
    const server = world()
    const [one, two] = [await ready(server, browser), await ready(server, browser)]
    const cid = await add(one, 'c', picture())
    await soon(() => expect(names(two)).toEqual(['cat.png']))
    await two.client.draftTray().then(tray => tray.describe(cid, 'a cat'))
    await soon(() => expect(one.client.draftFiles('c')).toMatchObject([{ alt: 'a cat' }]))
    await two.client.draftTray().then(tray => tray.remove(cid))
    await soon(() => expect(names(one)).toEqual([]))
  })

  it('that the device has no room for say so, are sent all the same, and never cost the text', async () => {
    const { server } = taking()
    const tab = await online(server)
    const put = tab.browser.disk.putValue.bind(tab.browser.disk)
    tab.browser.disk.putValue = (...given) => given[1].startsWith('upload:') ? Promise.reject(new DeviceStorageError('quota')) : put(...given)
    tab.browser.disk.putConversations = () => Promise.reject(new DeviceStorageError('quota'))
    await add(tab, 'c', picture())
    tab.client.saveDraft('c', { text: 'look', savedAt: 5 })
    await soon(() => expect(tab.client.draftFiles('c')).toMatchObject([{ kept: 'no' }]))
    await tab.clock.advance(200)
    await (await tab.client.draftTray()).send('c', facts(tab), { text: 'look' })
    await soon(() => expect(tab.rows()).toMatchObject([{ seq: 1, content: { text: 'look' } }]))
    expect(await tab.browser.disk.value('me', 'draft:c')).toBeUndefined()
  })

  it('[U-P6] beyond the budget are not kept, and the text of one that cannot be handed over stays on the disk until it is safe', async () => {
    const tab = await ready()
    const large = Object.defineProperty(new Blob(['x']), 'size', { value: draftBudget })
    await add(tab, 'c', { ...picture(), file: large })
    await add(tab, 'c', picture('2.png'))
    await soon(() => expect(tab.client.draftFiles('c').map(({ kept }) => kept)).toEqual(['yes', 'no']))
    tab.client.saveDraft('c', { text: 'look', savedAt: 5 })
    await tab.clock.advance(200)
    tab.browser.disk.putConversations = () => Promise.reject(new DeviceStorageError('quota'))
    void (await tab.client.draftTray()).send('c', facts(tab), { text: 'look' })
    await soon(() => expect(tab.rows()).toHaveLength(2))
    tab.client.saveDraft('c', { text: 'and more', savedAt: 6 })
    await tab.clock.advance(1_000)
    expect(tab.client.draft('c')?.text).toBe('and more')
    const next = await ready(world(), tab.browser)
    expect([next.client.draft('c')?.text, names(next)]).toEqual(['look\nand more', ['cat.png']])
  })

  it('[X33] are erased at log-out', async () => {
    const tab = await ready()
    await add(tab, 'c', picture())
    await keptFiles(tab)
    const late = Promise.withResolvers<OutgoingFile>()
    await add(tab, 'c', picture('2.png'))
    const sent = (await tab.client.draftTray()).send('c', [{ cid: tab.client.draftFiles('c')[1]!.cid, facts: late.promise }], { text: 'look' })
    await tab.client.erase()
    late.resolve(measured(picture()))
    await sent
    await tab.clock.advance(1_000)
    expect([names(tab), await tab.browser.disk.values('me', '')]).toEqual([[], []])
  })
})
