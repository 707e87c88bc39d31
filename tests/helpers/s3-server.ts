import { createHash, createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { S3Account } from '#parley/server/attachments/s3-bucket.ts'

/** How the next requests fare; `shift`ed one by one. `drop`: the answer is lost, after the work is done. `cut`: it ends in the middle. */
export type Trouble = { status: number, code?: string } | 'drop' | 'cut'

const hex = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest()

/** AWS signature 4 as its documentation describes it, written without the library that signs. @returns why it is refused */
function signatureFault(request: IncomingMessage, body: Buffer, account: S3Account): string | undefined {
  const [, key, date, region, signedNames, signature] = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(request.headers.authorization ?? '') ?? []
  if (key === undefined || date === undefined || region === undefined || signedNames === undefined) return 'AccessDenied'
  if (key !== account.accessKeyId) return 'InvalidAccessKeyId'
  const names = signedNames.split(';')
  const stamp = String(request.headers['x-amz-date'])
  const hash = String(request.headers['x-amz-content-sha256'])
  if (!['host', 'x-amz-date', 'x-amz-content-sha256'].every(name => names.includes(name)) || !stamp.startsWith(date)) return 'AccessDenied'
  const [path = '', query = ''] = (request.url ?? '').split('?')
  const canonical = [
    request.method, path, query.split('&').sort().join('&'), ...names.map(name => `${name}:${String(request.headers[name]).trim()}`), '', signedNames, hash,
  ].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', stamp, `${date}/${region}/s3/aws4_request`, hex(canonical)].join('\n')
  const signingKey = ['s3', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${account.secretAccessKey}`, date), region))
  if (hmac(signingKey, toSign).toString('hex') !== signature || region !== account.region) return 'SignatureDoesNotMatch'
  return hash === hex(body) ? undefined : 'XAmzContentSHA256Mismatch'
}

/** An S3-compatible server that holds one bucket in memory, checks every signature and hash, and fails on command. */
export async function startS3Server() {
  const objects = new Map<string, Buffer>()
  /** When objects came, ms since 1970, where that is not now. */
  const times = new Map<string, number>()
  const requests: { method: string, key: string, range: string | undefined }[] = []
  const troubles: Trouble[] = []
  const account: S3Account = { endpoint: '', bucket: 'parley-test', region: 'eu-test-1', accessKeyId: 'AKTEST', secretAccessKey: 'a+secret/with=signs' }

  const refuse = (response: ServerResponse, status: number, code: string) => response.writeHead(status, { 'content-type': 'application/xml' }).end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`)

  function give(response: ServerResponse, object: Buffer, header: string | undefined, cut: boolean): void {
    const [, from = '', to = ''] = /^bytes=(\d+)-(\d+)$/.exec(header ?? '') ?? []
    const part = header === undefined ? object : object.subarray(Number(from), Number(to) + 1)
    response.writeHead(header === undefined ? 200 : 206, { 'content-length': part.length })
    if (!cut) return void response.end(part)
    response.write(part.subarray(0, part.length / 2), () => response.destroy())
  }

  /** ListObjectsV2, three objects to a page. */
  function list(response: ServerResponse, query: URLSearchParams): void {
    const prefix = query.get('prefix') ?? ''
    const from = query.get('continuation-token') ?? ''
    const keys = [...objects.keys()].filter(key => key.startsWith(prefix) && key > from).sort()
    const page = keys.slice(0, 3)
    const more = keys.length > page.length
    const entry = (key: string) => `<Contents><Key>${key.replaceAll('&', '&amp;')}</Key><LastModified>${new Date(times.get(key) ?? Date.now()).toISOString()}</LastModified><Size>${objects.get(key)?.length}</Size></Contents>`
    response.writeHead(200, { 'content-type': 'application/xml' }).end(`<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${account.bucket}</Name><IsTruncated>${more}</IsTruncated>${more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ''}${page.map(entry).join('')}</ListBucketResult>`)
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers: { range } } = request
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    const body = Buffer.concat(pieces)
    const path = decodeURIComponent(url.split('?')[0] ?? '')
    const key = path.slice(`/${account.bucket}/`.length)
    requests.push({ method, key, range })
    const fault = signatureFault(request, body, account)
    if (fault !== undefined) return void refuse(response, 403, fault)
    if (path.split('/')[1] !== account.bucket) return void refuse(response, 404, 'NoSuchBucket')
    const query = new URLSearchParams(url.split('?')[1])
    const listing = method === 'GET' && key === '' && query.get('list-type') === '2'
    const trouble = key === '' && !listing ? undefined : troubles.shift()
    if (typeof trouble === 'object') return void refuse(response, trouble.status, trouble.code ?? 'Trouble')
    if (listing && trouble !== 'drop') return list(response, query)
    if (method === 'PUT' && request.headers['content-length'] === undefined) return void refuse(response, 411, 'MissingContentLength')
    if (method === 'PUT') objects.set(key, body)
    if (method === 'DELETE') objects.delete(key)
    if (trouble === 'drop') return void request.socket.destroy()
    const object = objects.get(key)
    if (method === 'GET' || (method === 'HEAD' && key !== '')) return object === undefined ? void refuse(response, 404, 'NoSuchKey') : give(response, object, range, trouble === 'cut')
    response.writeHead(method === 'DELETE' ? 204 : 200).end()
  }

  const server = createServer((request, response) => void answer(request, response).catch(() => request.socket.destroy()))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  account.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    account, objects, times, requests, troubles,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
