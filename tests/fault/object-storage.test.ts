import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Attachment } from '#parley/shared/model.ts'
import { newUser } from '#parley/tests/helpers/http-client.ts'
import { startS3Server } from '#parley/tests/helpers/s3-server.ts'
import { png } from '#parley/tests/helpers/sample-files.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

/** The built server with its files in an S3-compatible storage. */
let storage: Awaited<ReturnType<typeof startS3Server>>
let server: ServerProcess
let ann: Awaited<ReturnType<typeof newUser>>
let room = ''

beforeAll(async () => {
  storage = await startS3Server()
  const { endpoint, bucket, region, accessKeyId, secretAccessKey } = storage.account
  server = await startServer({ env: { NUXT_S3_ENDPOINT: endpoint, NUXT_S3_BUCKET: bucket, NUXT_S3_REGION: region, NUXT_S3_ACCESS_KEY_ID: accessKeyId, NUXT_S3_SECRET_ACCESS_KEY: secretAccessKey, NUXT_S3_PREFIX: 'parley' } })
  ann = await newUser(server.url, 'ann')
  room = (await ann.group('Room')).id
})
afterAll(async () => {
  await server.dispose()
  await storage.close()
})

const headers = () => ({ origin: server.url, cookie: ann.cookie })
async function upload(bytes: Uint8Array, key: string) {
  const form = new FormData()
  form.set('file', new Blob([new Uint8Array(bytes)]), 'cat.png')
  const response = await fetch(`${server.url}/api/attachments?key=${key}`, { method: 'POST', body: form, headers: headers() })
  const body = await response.json() as { attachment?: Attachment, data?: { code: string } }
  return { status: response.status, again: response.headers.get('retry-after'), attachment: body.attachment, code: body.data?.code }
}
const load = (id: string, range?: string) => fetch(`${server.url}/api/attachments/${id}`, { headers: { ...headers(), ...(range === undefined ? {} : { range }) } })

test('[X29] files lie in the storage, come back whole or in part, and are refused clearly while it is away', async () => {
  const bytes = png(60, 40)
  const { status, attachment } = await upload(bytes, 'one')
  expect(status).toBe(201)
  const { id } = attachment!
  expect([...storage.objects.keys()]).toEqual([`parley/${id.slice(0, 2)}/${id}`])
  expect(storage.objects.values().next().value).toEqual(bytes)
  expect((await ann.call('POST', `/api/conversations/${room}/messages`, { cid: crypto.randomUUID(), content: { type: 'image', attachment } })).status).toBe(201)
  expect(Buffer.from(await (await load(id)).arrayBuffer())).toEqual(bytes)
  const part = await load(id, 'bytes=8-15')
  expect([part.status, part.headers.get('content-range'), Buffer.from(await part.arrayBuffer())]).toEqual([206, `bytes 8-15/${bytes.length}`, bytes.subarray(8, 16)])
  expect(storage.requests.at(-1)?.range).toBe('bytes=8-15')

  storage.troubles.push(...Array.from({ length: 100 }, () => ({ status: 503, code: 'SlowDown' })))
  expect(await upload(bytes, 'two')).toMatchObject({ status: 503, code: 'store_unavailable', again: '5' })
  expect((await load(id)).status).toBe(503)
  storage.troubles.length = 0
  expect((await upload(bytes, 'two')).status).toBe(201)
  expect((await load(id)).status).toBe(200)
  expect(server.logs()).toContain('the object storage does not answer')
  expect(server.logs()).not.toContain(storage.account.secretAccessKey)
})
