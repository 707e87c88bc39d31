import * as v from 'valibot'
import { HttpRefusal, refusal } from '#parley/server/utils/http-refusal.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'

/** Bytes of a JSON body: a text of 8,000 code points, JSON-escaped throughout, is 96 KB. */
const bodyLimit = 128 * 1024

const tooLarge = () => new HttpRefusal(413, 'bad_request', 'the body is too large')

/** Counts while reading: a chunked body announces no length, and Nitro's own reader would buffer it whole. */
async function readText(event: RequestEvent): Promise<string> {
  if (Number(getRequestHeader(event, 'content-length') ?? 0) > bodyLimit) throw tooLarge()
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of event.node.req) {
    const buffer = Buffer.from(chunk)
    bytes += buffer.length
    if (bytes > bodyLimit) throw tooLarge()
    chunks.push(buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/**
 * The JSON object of a request.
 *
 * @throws HttpRefusal 400 or 413
 */
export async function readJsonObject(event: RequestEvent): Promise<object> {
  const text = await readText(event)
  let value: unknown
  try {
    value = JSON.parse(text)
  }
  catch {
    throw refusal('bad_request')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusal('bad_request')
  return value
}

/** Whether a page posts a form instead of a script JSON. */
export const isForm = (event: RequestEvent): boolean => /^application\/x-www-form-urlencoded\b/i.test(getRequestHeader(event, 'content-type') ?? '')

/** @throws HttpRefusal 413 */
export const readForm = async (event: RequestEvent): Promise<URLSearchParams> => new URLSearchParams(await readText(event))

/** Names the field that does not fit, never its value (A6). */
function fit<T extends v.GenericSchema>(schema: T, value: unknown): v.InferOutput<T> {
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return parsed.output
  const field = v.getDotPath(parsed.issues[0])
  throw new HttpRefusal(400, 'bad_request', field === null ? 'the request is malformed' : `"${field}" is missing or malformed`)
}

/** The body, fitted to a schema; unknown fields are left out. */
export const readFields = async <T extends v.GenericSchema>(event: RequestEvent, schema: T): Promise<v.InferOutput<T>> =>
  fit(schema, await readJsonObject(event))

/** Whether a request brings a body at all; not every DELETE does. */
export const hasBody = (event: RequestEvent): boolean =>
  Number(getRequestHeader(event, 'content-length') ?? 0) > 0 || getRequestHeader(event, 'transfer-encoding') !== undefined

/** The query, fitted to a schema of strings. */
export const readQuery = <T extends v.GenericSchema>(event: RequestEvent, schema: T): v.InferOutput<T> => fit(schema, getQuery(event))

/** An id in the path; one that no id can be is not found. */
export function pathId(event: RequestEvent, name: string): string {
  const value = getRouterParam(event, name, { decode: true }) ?? ''
  if (value === '' || value.length > 64) throw refusal('not_found')
  return value
}

/** A seq in the path; 404 where it can be none. */
export function pathSeq(event: RequestEvent, name: string): number {
  const value = pathId(event, name)
  if (!/^[1-9]\d{0,14}$/.test(value)) throw refusal('not_found')
  return Number(value)
}
