import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

export interface OpenidProvider {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** Knows the server that logs people in from now on; before, it answers 503. */
  serve(parley: string): void
  /** Answers nobody any more, or again. */
  away(on: boolean): void
  close(): Promise<void>
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

const unavailable: Handler = (_request, response) => void response.writeHead(503).end()

/** Anybody logs in with any password; the name they give is their subject, and in capitals what they are called. */
function makeProvider(issuer: string, client: { client_id: string, client_secret: string }, parley: string): Handler {
  const provider = new Provider(issuer, {
    clients: [{ ...client, redirect_uris: [`${parley}/api/auth/oidc/callback`], grant_types: ['authorization_code'], response_types: ['code'] }],
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'] },
    cookies: { keys: ['a key of the provider that tests run'] },
    findAccount: async (_context, id) => ({ accountId: id, claims: async () => ({ sub: id, preferred_username: id, name: id.toUpperCase() }) }),
    // Nobody is asked for consent.
    async loadExistingGrant({ oidc: { provider: { Grant }, client: { clientId }, session: { accountId } } }) {
      const grant = new Grant({ clientId, accountId })
      grant.addOIDCScope('openid profile')
      await grant.save()
      return grant
    },
  })
  return provider.callback()
}

/** A real OpenID provider on this machine. */
export async function startOpenidProvider(): Promise<OpenidProvider> {
  const client = { client_id: 'parley', client_secret: 'a secret of the client that is long enough' }
  let provider = unavailable
  let handler = unavailable
  const server = createServer((request, response) => handler(request, response))
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    issuer, clientId: client.client_id, clientSecret: client.client_secret,
    serve(parley) {
      provider = makeProvider(issuer, client, parley)
      handler = provider
    },
    away(on) {
      handler = on ? unavailable : provider
    },
    close: () => new Promise((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    }),
  }
}

/** A browser without a screen: cookies by host, no redirect followed by itself. */
export class Visitor {
  readonly #cookies = new Map<string, Map<string, string>>()

  /** @returns the answer, its body read */
  async visit(url: string, form?: Record<string, string>): Promise<{ status: number, location: string | undefined, text: string, headers: Headers }> {
    const { host } = new URL(url)
    const jar = this.#cookies.get(host) ?? new Map<string, string>()
    this.#cookies.set(host, jar)
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(pair => pair.join('=')).join('; '), accept: 'text/html' },
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /Max-Age=0/i.test(line) || /expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    const location = response.headers.get('location')
    return { status: response.status, location: location === null ? undefined : new URL(location, url).href, text: await response.text(), headers: response.headers }
  }

  /** Goes to the provider and logs in there as somebody. @returns the address that it is sent back to, not yet visited */
  async logInAt(provider: OpenidProvider, start: string, name: string): Promise<string> {
    let next: string | undefined = start
    for (let step = 0; step < 12 && next !== undefined; step++) {
      const answer = await this.visit(next)
      if (answer.status === 200) next = (await this.visit(next, { prompt: 'login', login: name, password: 'any' })).location
      else next = answer.location
      if (next !== undefined && !next.startsWith(provider.issuer)) return next
    }
    throw new Error('the provider did not send back')
  }

  cookie(url: string): string {
    return [...this.#cookies.get(new URL(url).host) ?? []].map(pair => pair.join('=')).join('; ')
  }
}
