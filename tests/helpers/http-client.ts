import type { HttpErrorBody } from '#parley/shared/http.ts'
import type { Account, ConversationSummary } from '#parley/shared/model.ts'

export interface Answer<T> { status: number, headers: Headers, body: T }

/**
 * One person at one browser, as far as HTTP goes: keeps the session cookie, names its origin on every call as a browser does on
 * writes.
 */
export class HttpClient {
  readonly base: string
  cookie = ''
  #setCookie: string[] = []

  constructor(base: string) {
    this.base = base
  }

  /** The `Set-Cookie` headers of the last answer. */
  get lastSetCookie(): string[] {
    return this.#setCookie
  }

  /** @param headers added or, with an empty value, left out */
  async call<T = HttpErrorBody>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer<T>> {
    const all: Record<string, string> = {
      ...(this.cookie === '' ? {} : { cookie: this.cookie }), origin: this.base, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers,
    }
    const response = await fetch(this.base + path, {
      method,
      headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '')),
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      redirect: 'manual',
    })
    this.#setCookie = response.headers.getSetCookie()
    for (const line of this.#setCookie) {
      const pair = line.split(';')[0] ?? ''
      this.cookie = /Max-Age=0/i.test(line) ? '' : pair
    }
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: (text === '' ? undefined : JSON.parse(text)) as T }
  }

  /** As call, for answers that must be good. */
  async need<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.call<T>(method, path, body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  async register(username: string, password = goodPassword): Promise<Account> {
    return (await this.need<{ user: Account }>('POST', '/api/auth/register', { username, password })).user
  }

  async ticket(): Promise<string> {
    return (await this.need<{ token: string }>('POST', '/api/ws/ticket')).token
  }

  async group(title: string, members: string[] = []): Promise<ConversationSummary> {
    return (await this.need<{ conversation: ConversationSummary }>('POST', '/api/conversations', { kind: 'group', title, members })).conversation
  }
}

export const goodPassword = 'tulips in november'

/** A client with a user of its own. */
export async function newUser(base: string, username: string): Promise<HttpClient & { account: Account }> {
  const client = new HttpClient(base)
  const account = await client.register(username)
  return Object.assign(client, { account })
}
