import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { goodPassword, HttpClient, newUser } from '#parley/tests/helpers/http-client.ts'
import { readText } from '#parley/tests/helpers/source-tree.ts'
import { runToExit, startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

/** What the server tells browsers and its operator, on every kind of answer (X8, X27, X36). */

let server: ServerProcess
let ann: Awaited<ReturnType<typeof newUser>>
let room: string

beforeAll(async () => {
  server = await startServer()
  ann = await newUser(server.url, 'ann')
  room = (await ann.group('room')).id
})
afterAll(() => server.dispose())

const get = (path: string, headers: Record<string, string> = {}) => fetch(server.url + path, { headers: { accept: 'text/html', ...headers }, redirect: 'manual' })

/** A policy by its directives. */
const directives = (header: string | null): Record<string, string> =>
  Object.fromEntries((header ?? '').split(';').map(part => part.trim()).filter(part => part !== '').map(part => [part.split(' ')[0]!, part.split(' ').slice(1).join(' ')]))

const pages = () => [
  ['log-in', '/login', {}], ['shell', '/shell', {}], ['rendered chat', `/chat/${room}`, { cookie: ann.cookie }], ['settings', '/settings/profile', { cookie: ann.cookie }],
  ['missing page', '/no/such/page', {}], ['administration', '/admin', { cookie: ann.cookie }], ['link for a password', '/reset/abc', {}], ['invite', '/invite/abc', {}],
] as const

describe('pages', () => {
  test('[X27] every script and style in a page is a file of this server or carries the nonce of this page', async () => {
    const nonces: string[] = []
    for (const [name, path, headers] of pages()) {
      const answer = await get(path, headers)
      const html = await answer.text()
      expect([name, answer.headers.get('content-type')]).toEqual([name, 'text/html;charset=utf-8'])
      const policy = directives(answer.headers.get('content-security-policy'))
      const [, nonce = ''] = /^'self' 'nonce-([\w-]{22})'$/.exec(policy['script-src'] ?? '') ?? []
      expect([name, nonce === '']).toEqual([name, false])
      nonces.push(nonce)
      const own = [...html.matchAll(/<(?:script|style)\b[^>]*>/g)].map(([tag]) => tag)
      expect(own.length, name).toBeGreaterThan(1)
      expect(own.filter(tag => !tag.includes(` nonce="${nonce}"`)), name).toEqual([])
      expect([...html.matchAll(/<[^>]+\s(on\w+)=/g)].map(([, attribute]) => attribute), name).toEqual([])
      expect(answer.headers.get('cache-control'), name).toMatch(/^private|no-store|no-cache/)
    }
    expect(new Set(nonces).size).toBe(nonces.length)
  })

  test('[X27] the policy allows nothing else: no eval, no foreign host, no frame, no other base', async () => {
    for (const [name, path, headers] of pages()) {
      const answer = await get(path, headers)
      const text = answer.headers.get('content-security-policy') ?? ''
      const policy = directives(text)
      expect(policy, name).toMatchObject({
        'default-src': '\'none\'', 'script-src-attr': '\'none\'', 'connect-src': '\'self\'', 'object-src': '\'none\'', 'base-uri': '\'none\'', 'frame-ancestors': '\'none\'',
        'form-action': '\'self\'', 'worker-src': '\'self\'',
      })
      // Only for attributes, which take no nonce and run nothing.
      expect(Object.keys(policy).filter(key => policy[key]?.includes('unsafe')), name).toEqual(['style-src-attr'])
      expect(text, name).not.toMatch(/\*|https?:|unsafe-eval|unsafe-hashes/)
      expect([answer.headers.get('x-frame-options'), answer.headers.get('x-powered-by')], name).toEqual(['DENY', null])
      expect(answer.headers.get('permissions-policy'), name).toContain('microphone=(self)')
      expect(answer.headers.get('permissions-policy'), name).toContain('camera=()')
    }
  })

  test('[X27] a caller who says to be the error page of the server gets no page without a policy', async () => {
    for (const name of ['x-nuxt-error', 'x-nuxt-no-ssr']) {
      for (const path of ['/no/such/page', '/__nuxt_error?statusCode=200&data={"a":1}', '/login']) {
        const answer = await get(path, { [name]: 'true' })
        const policy = directives(answer.headers.get('content-security-policy'))
        expect([path, policy['script-src'] ?? policy['default-src'], policy['frame-ancestors']]).toEqual([path, expect.stringMatching(/^'(self|none)'/), '\'none\''])
        expect(await answer.text()).not.toContain(process.cwd())
      }
    }
  })
})

describe('every answer', () => {
  test('[X8] says that addresses stay here, and that its type is what it says', async () => {
    const [asset = ''] = /\/_nuxt\/[\w-]+\.js/.exec(await (await get('/login')).text()) ?? []
    const paths = ['/login', '/chat', '/', '/favicon.svg', '/offline-shell.js', asset, '/_nuxt/none.js', '/api/health', '/api/me', '/api/none', '/no/such/page', `/api/conversations/${room}/messages`]
    for (const path of paths) {
      const { headers } = await get(path)
      expect([path, headers.get('x-content-type-options'), headers.get('cross-origin-resource-policy')]).toEqual([path, 'nosniff', 'same-origin'])
      expect([path, headers.get('referrer-policy')]).toEqual([path, expect.stringMatching(/^(same-origin|no-referrer)$/)])
      expect([path, directives(headers.get('content-security-policy'))['frame-ancestors']]).toEqual([path, '\'none\''])
    }
  })

  test('[X8] is what the samples for proxies keep out of their logs, where an address has a ticket in it', () => {
    const nginx = readText('deploy/nginx.conf')
    const format = /log_format parley ([^;]+);/.exec(nginx)?.[1] ?? ''
    expect(format).toContain('$parley_uri')
    expect(nginx).toMatch(/map \$uri \$parley_uri \{[^}]*\(\?:hooks\|invites\?\|reset\)/)
    expect(format).not.toMatch(/\$uri\b|\$request\b|\$request_uri|\$args|\$query_string|\$http_(cookie|authorization|referer)/)
    const written = [...nginx.matchAll(/^\s*access_log (.+);/gm)].map(([, target]) => target!)
    expect(written.length).toBeGreaterThan(0)
    expect(written.filter(target => !/ parley$|^off$/.test(target))).toEqual([])
    expect(readText('deploy/Caddyfile')).toContain('request>uri regexp "(token=|/(?:hooks|invites?|reset)/)[^&/?]+" "${1}REDACTED"')
    expect(readText('deploy/traefik/traefik.yaml')).toMatch(/RequestPath: drop/)
  })

  test('[X36] over https it asks for https for a year; over http, or from a proxy that is not trusted, it does not', async () => {
    for (const path of ['/login', '/api/health', '/favicon.svg']) {
      expect((await get(path)).headers.get('strict-transport-security')).toBeNull()
      expect((await get(path, { 'x-forwarded-proto': 'https' })).headers.get('strict-transport-security')).toBe('max-age=31536000')
    }
    expect((await get('/login', { 'x-forwarded-proto': 'https' })).headers.get('cross-origin-opener-policy')).toBe('same-origin')
    const strict = await startServer({ env: { NUXT_TRUST_PROXY: 'none' } })
    onTestFinished(() => strict.dispose())
    expect((await fetch(`${strict.url}/login`, { headers: { 'x-forwarded-proto': 'https' } })).headers.get('strict-transport-security')).toBeNull()
  })
})

describe('the operator', () => {
  test('[X36] is warned once of log-ins over plain http from elsewhere, and not of those over https or on this machine', async () => {
    const own = await startServer()
    onTestFinished(() => own.dispose())
    await newUser(own.url, 'ben')
    const logIn = (headers: Record<string, string>) => new HttpClient(own.url).call('POST', '/api/auth/login', { username: 'ben', password: goodPassword }, headers)
    const warnings = () => own.logs().split('\n').filter(line => line.includes('plain http'))
    await logIn({})
    await logIn({ 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https' })
    expect(warnings()).toEqual([])
    for (let n = 0; n < 3; n++) expect((await logIn({ 'x-forwarded-for': '198.51.100.7' })).status).toBe(200)
    await own.kill('SIGTERM')
    expect(warnings()).toHaveLength(1)
  })

  test.each(['change-me-change-me-change-me-change-me', 'x'.repeat(40), 'replace-this-with-32-random-characters'])('[X36] cannot start with the secret %s', async (secret) => {
    const { code, logs } = await runToExit({ env: { NUXT_SESSION_PASSWORD: secret } })
    expect([code, logs.includes('NUXT_SESSION_PASSWORD'), logs.includes(secret)]).toEqual([1, true, false])
  })
})
