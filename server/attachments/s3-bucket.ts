import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AwsV4Signer } from 'aws4fetch'
import { FileStoreUnavailable } from '#parley/server/attachments/ports.ts'
import type { Clock, Random } from '#parley/server/chat/ports.ts'

/** Where a bucket is and who asks. */
export interface S3Account {
  /** `https://host[:port]`; the bucket is the first part of the path, which every S3-compatible server understands. */
  endpoint: string
  bucket: string
  region: string
  accessKeyId: string
  secretAccessKey: string
}

export interface S3Request {
  method: 'GET' | 'HEAD' | 'PUT' | 'DELETE'
  /** Empty: the bucket itself. */
  key: string
  query?: Record<string, string>
  headers?: Record<string, string>
  body?: { size: number, hash: string, open(): Readable }
}

/** SHA-256 of nothing. */
const hashOfNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
/** Ms without a byte, before the head of the answer, after which a try counts as unanswered. */
const patience = 30_000
const tries = 4
/** Ms before the second try at most; doubles with each one. */
const firstWait = 400
/** Of an error's body; the code stands at its beginning. */
const mostErrorBytes = 4 * 1024

/** Busy, restarting or limited: it may be asked again, since nothing here does more when it is done twice. A full disk (507) stays full. */
const passes = (status: number): boolean => (status >= 500 && status !== 507) || status === 429 || status === 408

/** The code in the XML of a refusal, as `NoSuchKey`; empty when there is none. */
export async function refusalCode(answer: IncomingMessage): Promise<string> {
  let text = ''
  try {
    for await (const piece of answer) {
      text += String(piece)
      if (text.length > mostErrorBytes) break
    }
  }
  catch {
    return '' // broken off: the status alone has to do
  }
  return /<Code>(\w{1,64})<\/Code>/.exec(text)?.[1] ?? ''
}

/** Signed requests to one bucket (AWS signature 4), each tried a few times. Bodies stream with back-pressure in both directions. */
export class S3Bucket {
  readonly #account: S3Account
  readonly #clock: Pick<Clock, 'now' | 'timer'>
  readonly #random: Pick<Random, 'next'>
  readonly #agent: HttpAgent | HttpsAgent
  /** The day's signing key. */
  readonly #keys = new Map<string, ArrayBuffer>()

  constructor(account: S3Account, clock: Pick<Clock, 'now' | 'timer'>, random: Pick<Random, 'next'>) {
    this.#account = account
    this.#clock = clock
    this.#random = random
    this.#agent = account.endpoint.startsWith('https:') ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  }

  /**
   * The first answer that is no passing trouble; its body is the caller's to read or to destroy.
   *
   * @throws FileStoreUnavailable after the last try
   */
  async ask(request: S3Request): Promise<IncomingMessage> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#try(request).catch((error: unknown) => error instanceof Error ? error : new Error('failed'))
      if (!(answer instanceof Error) && !passes(answer.statusCode ?? 0)) return answer
      if (attempt === tries) throw await this.refused(request, answer)
      if (!(answer instanceof Error)) answer.destroy()
      await new Promise<void>(resolve => this.#clock.timer(resolve, firstWait * 2 ** (attempt - 1) * (0.5 + this.#random.next() / 2)))
    }
  }

  /** What an answer is to those who wanted another one. */
  async refused({ method }: S3Request, answer: IncomingMessage | Error): Promise<FileStoreUnavailable> {
    // Of an error the code only: its message may tell more of the inside than a log should hold (A6).
    if (answer instanceof Error) return new FileStoreUnavailable(`${method}: ${'code' in answer ? String(answer.code) : answer.message}`)
    return new FileStoreUnavailable(`${method} answered with ${answer.statusCode} ${await refusalCode(answer)}`.trim())
  }

  async #try({ method, key, query = {}, headers = {}, body }: S3Request): Promise<IncomingMessage> {
    const { endpoint, bucket, ...account } = this.#account
    const url = new URL(`${endpoint}/${bucket}${key === '' ? '' : `/${key.split('/').map(encodeURIComponent).join('/')}`}`)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const signed = await new AwsV4Signer({
      ...account, method, url: url.href, service: 's3', cache: this.#keys,
      headers: { ...headers, 'x-amz-content-sha256': body?.hash ?? hashOfNothing },
      datetime: new Date(this.#clock.now()).toISOString().replace(/[:-]|\.\d{3}/g, ''),
    }).sign()
    const length = method === 'PUT' ? { 'content-length': String(body?.size ?? 0) } : {}
    return new Promise((resolve, reject) => {
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest
      const request = send(url, { method, agent: this.#agent, headers: { ...Object.fromEntries(signed.headers), ...length } })
      request.setTimeout(patience, () => request.destroy(new Error('no answer')))
      request.once('response', (answer) => {
        // From here on whoever reads sets the pace: someone who pauses a film is no dead link.
        request.setTimeout(0)
        request.socket?.setKeepAlive(true, patience)
        answer.on('error', () => undefined) // an answer that nobody reads any more may break off
        resolve(answer)
      })
      request.on('error', reject)
      if (body === undefined) request.end()
      else pipeline(body.open(), request).catch(reject)
    })
  }
}
