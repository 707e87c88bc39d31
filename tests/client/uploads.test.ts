import { describe, expect, it, vi } from 'vitest'
import type { HttpAnswer, UploadRequest } from '#parley/client/environment.ts'
import type { OutgoingFile } from '#parley/client/types.ts'
import type { AttachmentResponse } from '#parley/shared/http.ts'
import { FakeBrowser, settle } from '#parley/tests/helpers/fake-environment.ts'
import { online, openTab, world } from '#parley/tests/helpers/open-tab.ts'
import { text } from '#parley/tests/helpers/scripted-server.ts'
import type { ScriptedServer } from '#parley/tests/helpers/scripted-server.ts'

const picture = (name = 'cat.png', body = 'pixels'): OutgoingFile => ({ file: new Blob([body], { type: 'image/png' }), name, kind: 'image', width: 4, height: 3 })

/** What the server says of an upload: its own words, not the client's. */
const attachmentOf = ({ key, name, file }: UploadRequest) => ({ id: `file-${key}`, name, mime: 'image/png', size: file.size, width: 40, height: 30 })
const accepted = (request: UploadRequest): HttpAnswer<AttachmentResponse> => ({ kind: 'ok', value: { attachment: attachmentOf(request) } })

/** The uploads that reach a server; each is answered by `answer`, or, with `hold`, when the test says so. */
function uploadsTo(server: ScriptedServer) {
  const uploads = {
    requests: [] as UploadRequest[],
    hold: false,
    answer: accepted,
    waiting: [] as (() => void)[],
    release: () => uploads.waiting.shift()?.(),
  }
  server.http.upload = async (request) => {
    uploads.requests.push(request)
    if (uploads.hold) {
      await new Promise<void>((resolve) => {
        uploads.waiting.push(resolve)
        request.signal.addEventListener('abort', () => resolve())
      })
    }
    return request.signal.aborted ? { kind: 'unreachable' } : uploads.answer(request)
  }
  return uploads
}

/** Reading a file and loading code take turns of the event loop, which no fake clock passes. */
const soon = (check: () => void | Promise<void>) => vi.waitFor(check, { interval: 1, timeout: 5_000 })

type Tab = ReturnType<typeof openTab>
const names = (tab: Tab) => tab.rows().map(({ content }) => content?.type === 'text' ? content.text : content?.type === 'custom' ? '' : content?.attachment.name)
const kept = async (browser: FakeBrowser) => (await browser.disk.values('me', 'upload:')).length
const upload = async (tab: Tab, file = picture(), options = {}) => {
  const { cid, stored } = tab.client.upload('c', file, options)
  await stored
  return cid
}

describe('a message with a file', () => {
  it('[U-P10] has its row at once, waits for its upload, and is sent with what the upload was answered', async () => {
    const server = world()
    const uploads = uploadsTo(server)
    uploads.hold = true
    const tab = await online(server)
    const preview = new Blob(['small'])
    const cid = await upload(tab, { ...picture(), preview }, { text: 'look', replyTo: undefined })
    expect(tab.rows()).toMatchObject([{ cid, state: 'queued', content: { type: 'image', text: 'look', attachment: { name: 'cat.png', width: 4, height: 3 } } }])
    expect(tab.client.pending()).toBe(1)
    await soon(() => expect(uploads.requests).toMatchObject([{ key: cid, name: 'cat.png', preview }]))
    uploads.requests[0]!.progress(3)
    expect(tab.client.uploadOf(cid)?.state).toEqual({ name: 'uploading', sent: 3, size: 6 })
    expect(server.last.ops).toEqual([])
    uploads.release()
    await soon(() => expect(tab.rows()).toMatchObject([{ cid, seq: 1, content: { type: 'image', text: 'look', attachment: { id: `file-${cid}`, width: 40, height: 30 } } }]))
    await soon(async () => expect(await kept(tab.browser)).toBe(0))
    expect([tab.client.pending(), tab.client.uploadOf(cid)]).toEqual([0, undefined])
  })

  it('[U-P10, S6] text that is written meanwhile goes before it, and the files keep their order', async () => {
    const server = world()
    const uploads = uploadsTo(server)
    uploads.hold = true
    const tab = await online(server)
    for (const name of ['1.png', '2.png']) await upload(tab, picture(name))
    await tab.client.send('c', text('meanwhile')).stored
    await tab.clock.advance(50)
    expect(tab.rows().map(({ seq }) => seq)).toEqual([1, undefined, undefined])
    await soon(() => expect(uploads.waiting).toHaveLength(1))
    uploads.release()
    await soon(() => expect(uploads.waiting).toHaveLength(1))
    uploads.release()
    await soon(() => expect(tab.rows().map(({ seq }) => seq)).toEqual([1, 2, 3]))
    expect(names(tab)).toEqual(['meanwhile', '1.png', '2.png'])
  })

  it('is a plain file when the server found no picture in it', async () => {
    const server = world()
    const uploads = uploadsTo(server)
    uploads.answer = request => ({ kind: 'ok', value: { attachment: { ...attachmentOf(request), mime: 'text/plain' } } })
    const tab = await online(server)
    await upload(tab)
    await soon(() => expect(tab.rows()).toMatchObject([{ seq: 1, content: { type: 'file', attachment: { mime: 'text/plain' } } }]))
  })

  it('[U-D4] waits offline, survives a reload, and goes out in order with the next connection', async () => {
    const server = world()
    const uploads = uploadsTo(server)
    const browser = new FakeBrowser()
    const before = openTab(server, browser)
    await before.client.ready()
    const cids = [await upload(before, picture('1.png')), await upload(before, picture('2.png'))]
    expect(before.client.pending()).toBe(2)
    before.client.dispose()
    const after = openTab(server, browser)
    await after.client.ready()
    expect(after.rows()).toMatchObject(cids.map(cid => ({ cid, state: 'queued' })))
    expect(await after.client.uploadOf(cids[0]!)?.file.text()).toBe('pixels')
    after.client.start()
    await after.clock.advance(100)
    await soon(() => expect(after.rows()).toMatchObject(cids.map((cid, index) => ({ cid, seq: index + 1 }))))
    expect(uploads.requests.map(({ key }) => key)).toEqual(cids)
  })

  it('[S3] a page that ends during the upload: the next one uploads under the same key, and the log has it once', async () => {
    const server = world()
    const uploads = uploadsTo(server)
    uploads.hold = true
    const browser = new FakeBrowser()
    const before = await online(server, browser)
    const cid = await upload(before)
    await soon(() => expect(uploads.waiting).toHaveLength(1))
    before.client.dispose()
    uploads.hold = false
    const after = await online(server, browser)
    await soon(() => expect(after.rows()).toMatchObject([{ cid, seq: 1 }]))
    expect(uploads.requests.map(({ key }) => key)).toEqual([cid, cid])
    expect(server.log('c')).toHaveLength(1)
  })

  it('a look at the disk that began before the upload ended does not bring its row back beside the message', async () => {
    const server = world()
    const uploads = uploadsTo(server)
    uploads.hold = true
    const tab = await online(server)
    const cid = await upload(tab)
    await soon(() => expect(uploads.waiting).toHaveLength(1))
    const gate = Promise.withResolvers<undefined>()
    const { disk } = tab.browser
    const values = disk.values.bind(disk)
    let looks = 0
    disk.values = async (...query) => {
      const kept = await values(...query)
      looks++
      await gate.promise
      return kept
    }
    tab.environment.signal('visible')
    await soon(() => expect(looks).toBe(1))
    uploads.release()
    await soon(() => expect(tab.rows()).toMatchObject([{ cid, seq: 1 }]))
    await soon(async () => expect((await values('me', 'upload:')).length).toBe(0))
    const pending = new Set<number>()
    tab.client.on(() => pending.add(tab.client.pending()))
    tab.client.send('c', text('after'))
    gate.resolve(undefined)
    await settle()
    await soon(() => expect(tab.rows()).toMatchObject([{ cid, seq: 1 }, { seq: 2 }]))
    expect([...pending]).toEqual([1, 0])
    expect(uploads.requests).toHaveLength(1)
  })

  it.each([['the device', true], ['the server', false]])('[U-D1] the page ended between its message and the deletion of its file: the next knows it from %s, and neither shows nor sends it again', async (_from, keptRows) => {
    const server = world()
    const uploads = uploadsTo(server)
    const browser = new FakeBrowser()
    const before = await online(server, browser)
    uploads.hold = true
    const cid = await upload(before)
    const left = await browser.disk.values('me', 'upload:')
    await soon(() => expect(uploads.waiting).toHaveLength(1))
    uploads.release()
    await soon(() => expect(before.rows()).toMatchObject([{ cid, seq: 1 }]))
    await soon(async () => expect(await kept(browser)).toBe(0))
    await before.clock.advance(5_000)
    before.client.dispose()
    for (const { key, value } of left) await browser.disk.putValue('me', key, value)
    if (!keptRows) await browser.disk.deleteConversations('me', ['c'])
    uploads.hold = true
    const after = openTab(server, browser)
    await after.client.ready()
    after.client.start()
    after.client.open('c')
    const most = { rows: 0 }
    after.client.on(() => void (after.rows().some(({ seq }) => seq === 1) && (most.rows = Math.max(most.rows, after.rows().length))))
    await after.clock.advance(100)
    await soon(() => expect(after.rows()).toMatchObject([{ cid, seq: 1 }]))
    await soon(async () => expect(await kept(browser)).toBe(0))
    expect([most.rows, after.client.pending(), server.log('c').length]).toEqual([1, 0, 1])
    expect(uploads.requests.every(({ signal }, index) => index === 0 || signal.aborted)).toBe(true)
  })

  it('two tabs show it, one of them uploads it, and the log has it once', async () => {
    const server = world()
    const uploads = uploadsTo(server)
    uploads.hold = true
    const browser = new FakeBrowser()
    const [first, second] = [await online(server, browser), await online(server, browser)]
    const cid = await upload(first)
    await soon(() => expect(second.rows()).toMatchObject([{ cid, state: 'queued' }]))
    await soon(() => expect(uploads.waiting).toHaveLength(1))
    uploads.release()
    await soon(() => expect(first.rows()).toMatchObject([{ cid, seq: 1 }]))
    server.sockets[1]!.push({ type: 'event', conversation: 'c', event: server.log('c')[0]! })
    await soon(() => expect(second.rows()).toMatchObject([{ cid, seq: 1 }]))
    expect(second.rows()).toHaveLength(1)
    await soon(async () => expect(await kept(browser)).toBe(0))
    expect(uploads.requests).toHaveLength(1)
    expect(server.log('c')).toHaveLength(1)
  })
})

describe('an upload that does not go through', () => {
  it('[U-P10] taken back, it stops, and nothing of it stays, in other tabs neither', async () => {
    const server = world()
    const uploads = uploadsTo(server)
    uploads.hold = true
    const browser = new FakeBrowser()
    const [first, second] = [await online(server, browser), await online(server, browser)]
    const cid = await upload(first)
    await soon(() => expect(uploads.waiting).toHaveLength(1))
    await soon(() => expect(second.rows()).toHaveLength(1))
    second.client.discard(cid)
    await soon(() => expect(uploads.requests[0]!.signal.aborted).toBe(true))
    await soon(() => expect([first.rows(), second.rows(), first.client.pending()]).toEqual([[], [], 0]))
    expect(await kept(browser)).toBe(0)
    expect(server.log('c')).toEqual([])
  })

  it.each([[413, 'file_too_large', 'file_too_large'], [422, 'quota_exceeded', 'quota_exceeded'], [400, 'bad_request', 'upload_refused']] as const)('[U-D2] refused with %i it has failed for good, says so after a reload, and is tried again when asked', async (status, code, failure) => {
    const server = world()
    const uploads = uploadsTo(server)
    uploads.answer = () => ({ kind: 'refused', status, code })
    const tab = await online(server)
    const cid = await upload(tab)
    await soon(() => expect(tab.rows()).toMatchObject([{ cid, state: 'failed', failure }]))
    expect([uploads.requests.length, tab.client.pending()]).toEqual([1, 0])
    tab.client.dispose()
    const again = await online(server, tab.browser)
    await soon(() => expect(again.rows()).toMatchObject([{ cid, state: 'failed', failure }]))
    uploads.answer = accepted
    again.client.retry(cid)
    await soon(() => expect(again.rows()).toMatchObject([{ cid, seq: 1 }]))
  })

  it('[C2] without an answer it is tried again after a while, and those behind it wait for it', async () => {
    const server = world()
    const uploads = uploadsTo(server)
    const answers: HttpAnswer<AttachmentResponse>[] = [{ kind: 'unreachable' }, { kind: 'refused', status: 503, code: 'store_unavailable' }]
    uploads.answer = request => answers.shift() ?? accepted(request)
    const tab = await online(server)
    const cids = [await upload(tab, picture('1.png')), await upload(tab, picture('2.png'))]
    await soon(() => expect(uploads.requests).toHaveLength(1))
    expect(tab.rows().map(({ state }) => state)).toEqual(['queued', 'queued'])
    await soon(async () => {
      await tab.clock.advance(500)
      expect(tab.rows().map(({ seq }) => seq)).toEqual([1, 2])
    })
    expect(uploads.requests.map(({ key }) => key)).toEqual([cids[0], cids[0], cids[0], cids[1]])
  })

  it('a file that can no longer be read fails by name', async () => {
    const server = world()
    uploadsTo(server)
    const tab = await online(server)
    const file = new Blob(['gone'])
    file.slice = () => Object.assign(new Blob(), { arrayBuffer: () => Promise.reject(new DOMException('moved', 'NotReadableError')) })
    tab.browser.disk.failure = 'quota'
    const values = tab.browser.disk.putValue.bind(tab.browser.disk)
    tab.browser.disk.putValue = (...given) => given[1].startsWith('upload:') ? Promise.reject(new Error('full')) : values(...given)
    const cid = await upload(tab, { ...picture(), file })
    await soon(() => expect(tab.rows()).toMatchObject([{ cid, failure: 'file_unreadable' }]))
  })

  it('a server that has forgotten the file by the time its message arrives gets it again', async () => {
    const server = world()
    const uploads = uploadsTo(server)
    server.answer = (op, end) => {
      if (uploads.requests.length > 1) return true
      end.push({ type: 'reject', cid: op.cid, conversation: 'c', code: 'attachment_missing', message: '' })
      return false
    }
    const tab = await online(server)
    const cid = await upload(tab)
    await soon(() => expect(tab.rows()).toMatchObject([{ seq: 1, content: { type: 'image' } }]))
    expect(tab.rows()).toHaveLength(1)
    expect(tab.rows()[0]!.cid).not.toBe(cid)
    expect(uploads.requests).toHaveLength(2)
    await soon(async () => expect([await kept(tab.browser), await tab.browser.disk.ops('me')]).toEqual([0, []]))
  })

  it('a device without room for the file sends it all the same', async () => {
    const server = world()
    uploadsTo(server)
    const tab = await online(server)
    tab.browser.disk.putValue = () => Promise.reject(new Error('full'))
    const cid = await upload(tab)
    await soon(() => expect(tab.rows()).toMatchObject([{ cid, seq: 1 }]))
  })

  it('[X33] log-out takes it off the device', async () => {
    const server = world()
    const uploads = uploadsTo(server)
    uploads.hold = true
    const tab = await online(server)
    await upload(tab)
    await soon(() => expect(uploads.waiting).toHaveLength(1))
    await tab.client.erase()
    expect([tab.rows(), tab.client.pending(), await kept(tab.browser)]).toEqual([[], 0, 0])
    expect(uploads.requests[0]!.signal.aborted).toBe(true)
  })
})
