import type { HttpAnswer } from '#parley/client/environment.ts'
import type { HttpErrorBody } from '#parley/shared/http.ts'

export interface HttpCall {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  body?: Record<string, unknown> | Blob
  query?: Record<string, string | number | undefined>
  signal?: AbortSignal
}

/** No answer within this is 'unreachable': a form must not wait for ever behind a silent network. */
const answerWithin = 15_000

function codeOf(body: unknown): string | undefined {
  return (body as HttpErrorBody | undefined)?.data?.code
}

/** The answer of an error status. */
class Refused extends Error {
  readonly status: number
  readonly data: unknown

  constructor(status: number, data: unknown) {
    super(String(status))
    this.status = status
    this.data = data
  }
}

/** What a body says: JSON, else the text itself, as a proxy or a captive portal may have written it. */
async function valueOf(response: Response): Promise<unknown> {
  const copy = response.clone()
  return response.json().catch(() => copy.text())
}

/** By `fetch` itself: of a library for calls every page would load much and use little. */
async function ask(path: string, { method = 'GET', body, query = {}, signal }: HttpCall): Promise<unknown> {
  const asked = new URLSearchParams(Object.entries(query).flatMap(([name, value]) => value === undefined ? [] : [[name, String(value)]])).toString()
  const isJson = body !== undefined && !(body instanceof Blob)
  const abort = new AbortController()
  const end = () => abort.abort()
  const timer = setTimeout(end, answerWithin)
  signal?.addEventListener('abort', end)
  if (signal?.aborted) end()
  try {
    const response = await fetch(asked === '' ? path : `${path}?${asked}`, {
      method, signal: abort.signal,
      headers: { accept: 'application/json', ...(isJson ? { 'content-type': 'application/json' } : {}) },
      ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : body }),
    })
    const value = await valueOf(response)
    if (!response.ok) throw new Refused(response.status, value)
    return value
  }
  finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
  }
}

const isAnswered = (error: unknown): error is { status: number, data: unknown } => typeof (error as { status?: unknown } | null)?.status === 'number'

/**
 * One call of the HTTP interface (docs/PROTOCOL.md 11), answered as a value and never thrown, so that a refusal and a missing network
 * are two cases that the caller has to tell apart. A 5xx without a code of ours is a proxy speaking: unreachable.
 *
 * During server-side rendering the visitor's cookies go along.
 */
export function useHttp(): <T>(path: string, call?: HttpCall) => Promise<HttpAnswer<T>> {
  const request = useRequestFetch()
  return async <T>(path: string, call: HttpCall = {}): Promise<HttpAnswer<T>> => {
    try {
      const value = import.meta.client
        ? await ask(path, call)
        : await request<unknown>(path, {
            method: call.method ?? 'GET', body: call.body, query: call.query, signal: call.signal, timeout: answerWithin, retry: false, headers: { accept: 'application/json' },
          })
      // A captive portal answers 200 with a page of its own (F23).
      if (typeof value === 'string' && value !== '') return { kind: 'unreachable' }
      return { kind: 'ok', value: value as T }
    }
    catch (error) {
      if (!isAnswered(error)) return { kind: 'unreachable' }
      const code = codeOf(error.data)
      if (code === undefined && error.status >= 500) return { kind: 'unreachable' }
      return { kind: 'refused', status: error.status, code: code ?? 'bad_request' }
    }
  }
}
