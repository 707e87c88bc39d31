import { decodeServerMessage, closeCodes } from '#parley/shared/protocol/index.ts'

/** What makes an answer wrong, whatever was asked. */

interface HttpAnswer { status: number, headers: Map<string, string>, body: Buffer }

/** One answer as it came. Undefined: nothing came. @throws Error with what is wrong with its form */
function parseAnswer(bytes: Buffer): HttpAnswer | undefined {
  if (bytes.length === 0) return undefined
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) throw new Error('an answer without an end of its head')
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1])
  if (!Number.isInteger(status)) throw new Error(`no status in ${JSON.stringify(first.slice(0, 80))}`)
  const headers = new Map(lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]))
  const rest = bytes.subarray(end + 4)
  if (status === 100) return parseAnswer(rest)
  return { status, headers, body: headers.get('transfer-encoding') === 'chunked' ? unchunked(rest) : rest.subarray(0, Number(headers.get('content-length') ?? rest.length)) }
}

function unchunked(bytes: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf('\r\n', at)
    const size = Number.parseInt(bytes.subarray(at, end).toString('latin1'), 16)
    if (end < 0 || !Number.isInteger(size)) throw new Error('a broken chunk')
    if (size === 0) break
    parts.push(bytes.subarray(end + 2, end + 2 + size))
    at = end + 4 + size
  }
  return Buffer.concat(parts)
}

/** Traces of the inside: stacks, places in the file system, other people's errors (X35). */
const leaks = /\n\s+at |node_modules|file:\/\/|\.mjs:\d|\.ts:\d|SQLITE_|sqlite error/i

function judgeJson({ status, body }: HttpAnswer): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  }
  catch {
    return `what is called JSON is none: ${JSON.stringify(body.subarray(0, 200).toString())}`
  }
  if (status < 400) return undefined
  const { statusCode, message } = typeof value === 'object' && value !== null ? value as { statusCode?: unknown, message?: unknown } : {}
  return statusCode === status && typeof message === 'string' ? undefined : `an error of another form: ${JSON.stringify(value).slice(0, 200)}`
}

/**
 * @param bytes all that came
 * @param call whether the request was one of the HTTP interface, which promises JSON (PROTOCOL 11)
 * @returns the status, and what is wrong with the answer
 */
export function judgeAnswer(bytes: Buffer, call: boolean): { status: number | undefined, fault?: string } {
  let answer: HttpAnswer | undefined
  try {
    answer = parseAnswer(bytes)
  }
  catch (error) {
    return { status: undefined, fault: String(error) }
  }
  if (answer === undefined) return { status: undefined }
  const { status, headers, body } = answer
  const type = headers.get('content-type') ?? ''
  const json = /^application\/json\b/.test(type)
  const fault = (): string | undefined => {
    if (status >= 500 && !(status === 503 && body.includes('store_unavailable'))) return `status ${status}: ${body.subarray(0, 200).toString()}`
    if (status >= 400 && leaks.test(body.toString())) return `tells of its inside: ${body.subarray(0, 400).toString()}`
    if (json && body.length > 0) return judgeJson(answer)
    // Node's own parser answers what it cannot read, without a type and a body.
    if (call && status >= 400 && !json && type !== '') return `an error that is no JSON but ${type}`
    return undefined
  }
  const found = fault()
  return { status, ...(found === undefined ? {} : { fault: found }) }
}

/** Codes with which the server may end a connection that misbehaves; not 1011 and 4007, which say that it failed itself. */
const rightful: ReadonlySet<number> = new Set([1000, 1001, 1002, 1003, 1005, 1007, 1008, 1009, closeCodes.slow, closeCodes.noPong, closeCodes.rate, closeCodes.overloaded, closeCodes.badTicket, closeCodes.badFrames, closeCodes.revoked, closeCodes.version, closeCodes.disabled, closeCodes.tooManyConnections])

export const judgeClose = (code: number): string | undefined => (rightful.has(code) ? undefined : `closed with ${code}`)

/** Whether a text message of the server is frames of the protocol. */
export function judgeMessage(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const sent = Array.isArray(value) ? value.length : 1
    const understood = decodeServerMessage(text).length
    return understood === sent ? undefined : `${sent - understood} of ${sent} frames are not of the protocol: ${text.slice(0, 300)}`
  }
  catch {
    return `a message that is no JSON: ${text.slice(0, 200)}`
  }
}

/** Lines of the log that tell of something that nobody foresaw, and lines that are none. */
export function judgeLog(log: string): string[] {
  return log.split('\n').flatMap((line) => {
    if (line === '' || line.startsWith('Parley has no users yet.')) return []
    try {
      const { level, msg } = JSON.parse(line) as { level: string, msg: string }
      return level === 'error' || /unhandled|uncaught/i.test(msg) ? [`log: ${line.slice(0, 1_500)}`] : []
    }
    catch {
      return [`log: no JSON: ${line.slice(0, 300)}`]
    }
  })
}
