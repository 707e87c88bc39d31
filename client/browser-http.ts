import type { ChatHttp, HttpAnswer, TicketAnswer } from '#parley/client/environment.ts'

/** A call that takes longer (ms) is treated as unreachable; a view that waits for it may ask again. */
const callLimit = 20_000

/** The browser's fetch, or one that keeps cookies where there is no browser. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

type Raw = { kind: 'answer', status: number, retryAfter: number | undefined, body: unknown } | { kind: 'unreachable' }

/** Retry-After in ms: seconds or a date. */
function retryAfterOf(value: string | null, now: number): number | undefined {
  if (value === null) return undefined
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - now
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}

/** One request; never throws. An answer that is not JSON comes from a portal or proxy, not from our server: unreachable (F23). */
async function request(call: Fetch, url: string, method: 'GET' | 'POST', signal: AbortSignal): Promise<Raw> {
  try {
    const response = await call(url, { method, signal, credentials: 'same-origin', redirect: 'manual', headers: { accept: 'application/json' } })
    const json = response.headers.get('content-type')?.includes('json') === true
    const retryAfter = retryAfterOf(response.headers.get('retry-after'), Date.now())
    // A proxy's 429 or 503 may be HTML, but its wish to be left alone is to be obeyed all the same (F24).
    if (!json && response.status !== 429 && response.status !== 503) return { kind: 'unreachable' }
    return { kind: 'answer', status: response.status, retryAfter, body: json ? await response.json() : undefined }
  }
  catch {
    return { kind: 'unreachable' }
  }
}

function codeOf(body: unknown): string {
  const data = typeof body === 'object' && body !== null && 'data' in body ? body.data : undefined
  return typeof data === 'object' && data !== null && 'code' in data && typeof data.code === 'string' ? data.code : ''
}

function ticketOf(raw: Raw): TicketAnswer {
  if (raw.kind === 'unreachable') return raw
  const { status, body, retryAfter } = raw
  if (status === 401) return { kind: 'signed-out' }
  if (status === 429 || status === 503) return { kind: 'busy', ...(retryAfter === undefined ? {} : { retryAfter }) }
  const token = typeof body === 'object' && body !== null && 'token' in body ? body.token : undefined
  return status < 300 && typeof token === 'string' ? { kind: 'ticket', token } : { kind: 'unreachable' }
}

async function get<T>(call: Fetch, url: string): Promise<HttpAnswer<T>> {
  const raw = await request(call, url, 'GET', AbortSignal.timeout(callLimit))
  if (raw.kind === 'unreachable') return raw
  if (raw.status >= 200 && raw.status < 300) return { kind: 'ok', value: raw.body as T } // our own server's answer, whose shape is its contract
  return raw.status >= 500 || raw.status < 400 ? { kind: 'unreachable' } : { kind: 'refused', status: raw.status, code: codeOf(raw.body) }
}

/** The HTTP interface by fetch, for a page of `origin` (PROTOCOL 11). */
export function browserHttp(origin: string, call: Fetch = (url, init) => fetch(url, init)): ChatHttp {
  const conversation = (id: string) => `${origin}/api/conversations/${encodeURIComponent(id)}`
  return {
    ticket: async signal => ticketOf(await request(call, `${origin}/api/ws/ticket`, 'POST', signal)),
    conversations: () => get(call, `${origin}/api/conversations`),
    conversation: id => get(call, conversation(id)),
    history(id, query) {
      const fields = Object.entries(query).map(([name, value]) => `${name}=${value}`).join('&')
      return get(call, `${conversation(id)}/messages?${fields}`)
    },
    upload: async request => (await import('#parley/client/browser-upload.ts')).uploadFile(origin, request),
    users: ids => get(call, `${origin}/api/users?ids=${ids.map(encodeURIComponent).join(',')}`),
  }
}
