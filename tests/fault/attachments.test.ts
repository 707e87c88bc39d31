import { connect as connectPlain } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Attachment, Content } from '#parley/shared/model.ts'
import { newUser } from '#parley/tests/helpers/http-client.ts'
import type { HttpClient } from '#parley/tests/helpers/http-client.ts'
import { page, png, svg } from '#parley/tests/helpers/sample-files.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'
import { connect } from '#parley/tests/helpers/socket-client.ts'

let server: ServerProcess
let ann: Awaited<ReturnType<typeof newUser>>
let bob: Awaited<ReturnType<typeof newUser>>
let eve: Awaited<ReturnType<typeof newUser>>
let room = ''

beforeAll(async () => {
  server = await startServer({ env: { NUXT_UPLOAD_LIMIT: '2', NUXT_UPLOAD_QUOTA: '7' } })
  ann = await newUser(server.url, 'ann')
  bob = await newUser(server.url, 'bob')
  eve = await newUser(server.url, 'eve')
  room = (await ann.group('Room', [bob.account.id])).id
})
afterAll(() => server.dispose())

const headersOf = (who: HttpClient | undefined) => ({ origin: server.url, ...(who === undefined ? {} : { cookie: who.cookie }) })

async function upload(who: HttpClient | undefined, bytes: Uint8Array | string, name = 'file.bin', key?: string) {
  const form = new FormData()
  form.set('note', 'a field that is no file')
  form.set('file', new Blob([typeof bytes === 'string' ? bytes : new Uint8Array(bytes)]), name)
  const response = await fetch(`${server.url}/api/attachments${key === undefined ? '' : `?key=${key}`}`, { method: 'POST', body: form, headers: headersOf(who) })
  const body = await response.json() as { attachment?: Attachment, data?: { code: string } }
  return { status: response.status, attachment: body.attachment!, code: body.data?.code }
}

const load = (who: HttpClient | undefined, id: string, headers: Record<string, string> = {}) => fetch(`${server.url}/api/attachments/${id}`, { headers: { ...headersOf(who), ...headers } })
const send = (who: HttpClient, content: Content) => who.call<{ seq: number, data?: { code: string } }>('POST', `/api/conversations/${room}/messages`, { cid: crypto.randomUUID(), content })

describe('attachments over HTTP', () => {
  test('[S9] a picture goes up, is sent, and comes down for members only', async () => {
    const bytes = png(30, 20)
    const { status, attachment } = await upload(ann, bytes, '早上 "好".png')
    expect([status, attachment]).toEqual([201, { id: expect.any(String), name: '早上 "好".png', mime: 'image/png', size: bytes.length, width: 30, height: 20 }])
    expect((await load(ann, attachment.id)).status).toBe(200)
    expect((await load(bob, attachment.id)).status).toBe(404)
    expect((await send(bob, { type: 'image', attachment })).body.data?.code).toBe('attachment_missing')
    expect((await send(ann, { type: 'image', attachment: { ...attachment, mime: 'text/html' } })).body.data?.code).toBe('bad_content')
    expect((await send(ann, { type: 'image', attachment, text: 'look' })).status).toBe(201)
    const loaded = await load(bob, attachment.id)
    expect(Buffer.from(await loaded.arrayBuffer())).toEqual(bytes)
    expect((await load(eve, attachment.id)).status).toBe(404)
    expect((await load(undefined, attachment.id)).status).toBe(401)
    expect((await load(eve, 'nothing')).status).toBe(404)
  })

  test('[X29] a picture comes with a smaller copy for those who may read it; what is no small picture is passed over, and it goes with its picture', async () => {
    const whole = png(1_400, 60, undefined, true)
    const withPreview = async (preview: Buffer | string) => {
      const form = new FormData()
      form.set('preview', new Blob([typeof preview === 'string' ? preview : new Uint8Array(preview)]), 'preview')
      form.set('file', new Blob([new Uint8Array(whole)]), 'wide.png')
      const response = await fetch(`${server.url}/api/attachments`, { method: 'POST', body: form, headers: headersOf(ann) })
      return (await response.json() as { attachment: Attachment }).attachment
    }
    const attachment = await withPreview(png(720, 31))
    expect(attachment).toMatchObject({ size: whole.length, width: 1_400, height: 60 })
    const small = await load(ann, `${attachment.id}/preview`)
    expect(Buffer.from(await small.arrayBuffer())).toEqual(png(720, 31))
    expect(['content-type', 'x-content-type-options', 'content-security-policy', 'etag'].map(name => small.headers.get(name))).toEqual(['image/png', 'nosniff', 'default-src \'none\'; sandbox', `"${attachment.id}.preview"`])
    expect((await load(ann, `${attachment.id}/preview`, { 'if-none-match': `"${attachment.id}.preview"` })).status).toBe(304)
    expect([(await load(bob, `${attachment.id}/preview`)).status, (await load(undefined, `${attachment.id}/preview`)).status]).toEqual([404, 401])
    for (const preview of [page, png(2_000, 10), Buffer.concat([png(4, 4), Buffer.alloc(200_000)])]) {
      const { id } = await withPreview(preview)
      expect(Buffer.from(await (await load(ann, `${id}/preview`)).arrayBuffer())).toEqual(whole)
    }
    const sent = await send(ann, { type: 'image', attachment })
    expect((await load(bob, `${attachment.id}/preview`)).status).toBe(200)
    expect((await load(eve, `${attachment.id}/preview`)).status).toBe(404)
    expect(sent.status).toBe(201)
    const { attachment: note } = await upload(ann, 'words', 'a.txt')
    expect((await load(ann, `${note.id}/preview`)).status).toBe(404)
  })

  test('[X29] a picture is shown in place, kept by its reader only, and can do nothing', async () => {
    const { attachment } = await upload(ann, png(4, 4), 'a.png')
    const { headers } = await load(ann, attachment.id)
    expect(Object.fromEntries(['content-type', 'content-disposition', 'x-content-type-options', 'content-security-policy', 'cache-control', 'vary', 'etag', 'accept-ranges', 'cross-origin-resource-policy'].map(name => [name, headers.get(name)]))).toEqual({
      'content-type': 'image/png', 'content-disposition': 'inline; filename="a.png"; filename*=UTF-8\'\'a.png', 'x-content-type-options': 'nosniff',
      'content-security-policy': 'default-src \'none\'; sandbox', 'cache-control': 'private, max-age=31536000, immutable', 'vary': 'cookie, authorization', 'etag': `"${attachment.id}"`,
      'accept-ranges': 'bytes', 'cross-origin-resource-policy': 'same-origin',
    })
    expect((await load(ann, attachment.id, { 'if-none-match': `"${attachment.id}"` })).status).toBe(304)
    expect((await load(eve, attachment.id, { 'if-none-match': `"${attachment.id}"` })).status).toBe(404)
  })

  test.each([['x.svg', svg], ['x.html', page], ['x.png', page], ['x.xml', `<?xml version="1.0"?>${svg}`]])('[X29] %s with a script in it is plain text, to be saved', async (name, text) => {
    const { attachment } = await upload(ann, text, name)
    expect(attachment.mime).toBe('text/plain')
    const { headers } = await load(ann, attachment.id)
    expect([headers.get('content-type'), headers.get('content-disposition')?.split(';')[0], headers.get('x-content-type-options')]).toEqual(['text/plain; charset=utf-8', 'attachment', 'nosniff'])
    expect((await send(ann, { type: 'image', attachment })).body.data?.code).toBe('bad_content')
  })

  test('[X29] ranges, for players that seek', async () => {
    const { attachment } = await upload(ann, '0123456789', 'digits.txt')
    const part = async (range: string, headers = {}) => {
      const response = await load(ann, attachment.id, { range, ...headers })
      return [response.status, response.headers.get('content-range'), await response.text()]
    }
    expect(await part('bytes=2-4')).toEqual([206, 'bytes 2-4/10', '234'])
    expect(await part('bytes=-3')).toEqual([206, 'bytes 7-9/10', '789'])
    expect(await part('bytes=10-')).toEqual([416, 'bytes */10', ''])
    expect(await part('bytes=0-1', { 'if-range': '"another"' })).toEqual([200, null, '0123456789'])
  })

  test('an upload under the same key is the first one again', async () => {
    const first = await upload(ann, 'data', 'a.txt', 'key-1')
    expect(await upload(ann, 'data', 'a.txt', 'key-1')).toMatchObject({ status: 200, attachment: first.attachment })
    expect((await upload(bob, 'data', 'a.txt', 'key-1')).attachment.id).not.toBe(first.attachment.id)
  })

  test('[X29] a file over the limit and one over the quota are refused by name, and the limits can be asked for', async () => {
    const quiet = await newUser(server.url, 'quinn')
    const megabyte = Buffer.alloc(1024 * 1024, 1)
    expect(await upload(quiet, Buffer.concat([megabyte, megabyte, Buffer.alloc(1)]))).toMatchObject({ status: 413, code: 'file_too_large' })
    expect(await upload(quiet, Buffer.alloc(5 * 1024 * 1024))).toMatchObject({ status: 413, code: 'file_too_large' })
    for (let n = 0; n < 3; n++) expect((await upload(quiet, Buffer.concat([megabyte, megabyte]))).status).toBe(201)
    expect(await upload(quiet, Buffer.concat([megabyte, Buffer.alloc(1)]))).toMatchObject({ status: 422, code: 'quota_exceeded' })
    expect(await quiet.need('GET', '/api/attachments')).toEqual({ maxBytes: 2 * 1024 * 1024, quota: 7 * 1024 * 1024, used: 6 * 1024 * 1024 })
  })

  test('[A3] neither a stranger nor a foreign page uploads, and what is no form is refused', async () => {
    expect(await upload(undefined, 'x')).toMatchObject({ status: 401 })
    const post = (headers: Record<string, string>, body: string) => fetch(`${server.url}/api/attachments`, { method: 'POST', body, headers: { ...headersOf(ann), ...headers } })
    expect((await post({ 'origin': 'https://evil.example', 'content-type': 'multipart/form-data; boundary=x' }, '--x--')).status).toBe(403)
    expect((await post({ 'content-type': 'application/json' }, '{}')).status).toBe(400)
    expect((await post({ 'content-type': 'multipart/form-data; boundary=x' }, '--x--')).status).toBe(400)
    expect((await post({ 'content-type': 'multipart/form-data; boundary=x' }, '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\ncut off')).status).toBe(400)
  })

  test('[X29] an upload that breaks off leaves nothing, and the server goes on', async () => {
    const before = (await ann.need<{ used: number }>('GET', '/api/attachments')).used
    const socket = connectPlain(server.port, '127.0.0.1')
    socket.write(`POST /api/attachments HTTP/1.1\r\nhost: x\r\norigin: ${server.url}\r\ncookie: ${ann.cookie}\r\ncontent-length: 100000\r\ncontent-type: multipart/form-data; boundary=x\r\n\r\n--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nsome`)
    await new Promise(resolve => setTimeout(resolve, 200))
    socket.destroy()
    expect((await ann.need<{ used: number }>('GET', '/api/attachments')).used).toBe(before)
    expect((await upload(ann, 'whole')).status).toBe(201)
  })

  test('[O5] nobody reads the file of a deleted message', async () => {
    const { attachment } = await upload(ann, 'secret', 'secret.txt')
    const { body: { seq } } = await send(ann, { type: 'file', attachment })
    expect((await load(bob, attachment.id)).status).toBe(200)
    const socket = await connect(ann)
    socket.send({ type: 'delete', cid: crypto.randomUUID(), conversation: room, target: seq })
    await socket.next('ack')
    await socket.close()
    expect((await load(bob, attachment.id)).status).toBe(404)
    expect((await load(ann, attachment.id)).status).toBe(404)
  })

  test('files outlive the server', async () => {
    const { attachment } = await upload(ann, 'kept', 'kept.txt')
    await send(ann, { type: 'file', attachment })
    await server.kill('SIGKILL')
    server = await server.restart()
    expect(await (await load(bob, attachment.id)).text()).toBe('kept')
  })
})
