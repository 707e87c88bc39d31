import { generateKeyPairSync } from 'node:crypto'
import { exportJWK, SignJWT } from 'jose'
import type { JWTPayload } from 'jose'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createOidc } from '#parley/server/auth/oidc.ts'
import type { OidcAttempt, OidcSettings } from '#parley/server/auth/oidc.ts'
import { startJsonServer } from '#parley/tests/helpers/json-server.ts'
import { createManualClock } from '#parley/tests/helpers/manual-clock.ts'

/** Log-in by an OpenID provider that says what a test wants it to say (A8, X10); a real one: tests/fault/log-ins.test.ts. */

const clientId = 'parley'
const redirect = 'https://chat.example/api/auth/oidc/callback'
const now = () => Math.floor(Date.now() / 1000)
const keys = { own: generateKeyPairSync('rsa', { modulusLength: 2048 }), foreign: generateKeyPairSync('rsa', { modulusLength: 2048 }) }

interface Script {
  /** Claims of the ID token, over right ones. */
  claims?: JWTPayload
  alg?: string
  key?: 'own' | 'foreign'
  userinfo?: Record<string, unknown>
  metadata?: Record<string, unknown>
}

/** A provider of which one log-in was begun, and what the token call was asked. */
async function begun(script: Script = {}, settings: Partial<OidcSettings> = {}) {
  let nonce = ''
  const tokenCalls: URLSearchParams[] = []
  const server = await startJsonServer(async (path, body) => {
    const issuer = server.url
    if (path === '/.well-known/openid-configuration') {
      return {
        issuer, authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks`, userinfo_endpoint: `${issuer}/me`,
        response_types_supported: ['code'], id_token_signing_alg_values_supported: ['RS256'], ...script.metadata,
      }
    }
    if (path === '/jwks') return { keys: [{ ...await exportJWK(keys.own.publicKey), kid: 'k', use: 'sig', alg: 'RS256' }] }
    if (path === '/me') return { sub: 'ann@id', ...script.userinfo }
    if (path !== '/token') return undefined
    tokenCalls.push(new URLSearchParams(body))
    const claims = { iss: issuer, aud: clientId, sub: 'ann@id', iat: now(), exp: now() + 300, nonce, ...script.claims }
    const signed = script.alg === 'HS256'
      ? await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode('secret of the client, 32 bytes ..'))
      : await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k' }).sign(keys[script.key ?? 'own'].privateKey)
    return { access_token: 'access', token_type: 'Bearer', expires_in: 300, id_token: signed }
  })
  onTestFinished(() => server.close())
  const lines: unknown[] = []
  const note = (...line: unknown[]) => void lines.push(line)
  const oidc = createOidc(
    { issuer: server.url, clientId, clientSecret: 'hush', scopes: 'openid profile', label: '', usernameClaim: 'preferred_username', create: true, only: false, ...settings },
    createManualClock(), { debug: note, info: note, warn: note, error: note },
  )
  const start = await oidc.begin(redirect, '/chat/c1')
  if (!start.ok) throw new Error(start.code)
  nonce = start.value.attempt.nonce
  const { url, attempt } = start.value
  const finish = (change: Partial<OidcAttempt> = {}, query = `code=abc&state=${attempt.state}`) => oidc.finish({ ...attempt, ...change }, query)
  return { oidc, server, url: new URL(url), attempt, finish, tokenCalls, lines }
}

describe('[A8] a log-in by an OpenID provider', () => {
  test('asks for a code with PKCE, state and nonce', async () => {
    const { url, attempt, server } = await begun()
    expect(url.origin).toBe(server.url)
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code', client_id: clientId, redirect_uri: redirect, scope: 'openid profile', state: attempt.state, nonce: attempt.nonce, code_challenge_method: 'S256',
    })
    expect(attempt.next).toBe('/chat/c1')
    expect(url.href).not.toContain(attempt.verifier)
  })

  test('tells who it is by issuer and subject; names are taken from where they stand', async () => {
    const { finish, server, tokenCalls, attempt } = await begun({ claims: { email: 'admin@example' }, userinfo: { preferred_username: 'ann', name: 'Ann Lee' } })
    expect(await finish()).toEqual({ ok: true, value: { identity: { issuer: server.url, subject: 'ann@id' }, profile: { username: 'ann', displayName: 'Ann Lee' } } })
    expect(tokenCalls[0]?.get('code_verifier')).toBe(attempt.verifier)
    const other = await begun({ claims: { name: 'Ann', nick: 'annie' }, userinfo: { sub: 'somebody else', name: 'Mallory' } }, { usernameClaim: 'nick' })
    expect(await other.finish()).toMatchObject({ ok: true, value: { profile: { username: 'annie', displayName: 'Ann' } } })
  })

  test('what another user\'s page says of somebody does not count', async () => {
    const { finish } = await begun({ userinfo: { sub: 'somebody else', name: 'Mallory' } })
    expect(await finish()).toMatchObject({ ok: true, value: { identity: { subject: 'ann@id' }, profile: { displayName: undefined } } })
  })

  test.each([
    ['another nonce', { claims: { nonce: 'other' } }],
    ['no nonce', { claims: { nonce: undefined } }],
    ['another audience', { claims: { aud: 'other' } }],
    ['another issuer', { claims: { iss: 'https://evil.example' } }],
    ['an ID token that has expired', { claims: { exp: now() - 61, iat: now() - 400 } }],
    ['no subject', { claims: { sub: undefined } }],
    ['a signature by another key', { key: 'foreign' }],
    ['a signature by the client\'s secret', { alg: 'HS256' }],
  ])('[X10] is refused with %s', async (_name, script) => {
    const { finish, lines } = await begun(script as Script)
    expect(await finish()).toEqual({ ok: false, code: 'oidc_failed' })
    expect(JSON.stringify(lines)).not.toMatch(/eyJ|abc|hush/)
  })

  test('[X10] clocks may differ by 60 s', async () => {
    const { finish } = await begun({ claims: { exp: now() - 50, iat: now() - 400 } })
    expect(await finish()).toMatchObject({ ok: true })
  })

  test('is refused with another state, without one, and when the provider or the person says no', async () => {
    const { finish, tokenCalls, attempt } = await begun()
    expect(await finish({}, 'code=abc&state=other')).toEqual({ ok: false, code: 'oidc_failed' })
    expect(await finish({}, 'code=abc')).toEqual({ ok: false, code: 'oidc_failed' })
    expect(await finish({}, '')).toEqual({ ok: false, code: 'oidc_failed' })
    expect(await finish({}, `error=access_denied&state=${attempt.state}`)).toEqual({ ok: false, code: 'oidc_refused' })
    expect(tokenCalls).toEqual([])
  })

  test('waits for a provider that is away, and finds it when it is back', async () => {
    const silent = () => undefined
    let up = false
    const server = await startJsonServer(path => !up || path !== '/.well-known/openid-configuration'
      ? undefined
      : { issuer: server.url, authorization_endpoint: `${server.url}/auth`, token_endpoint: `${server.url}/token`, jwks_uri: `${server.url}/jwks` })
    const settings = { issuer: server.url, clientId, clientSecret: '', scopes: 'openid', label: '', usernameClaim: 'sub', create: true, only: false }
    const oidc = createOidc(settings, createManualClock(), { debug: silent, info: silent, warn: silent, error: silent })
    expect(await oidc.begin(redirect, '/chat')).toEqual({ ok: false, code: 'oidc_unavailable' })
    up = true
    expect(await oidc.begin(redirect, '/chat')).toMatchObject({ ok: true })
    await server.close()
    // Known by now; only what is asked of it fails.
    const again = await oidc.begin(redirect, '/chat')
    expect(again).toMatchObject({ ok: true })
    if (!again.ok) return
    const { attempt } = again.value
    expect(await oidc.finish(attempt, `code=abc&state=${attempt.state}`)).toEqual({ ok: false, code: 'oidc_unavailable' })
  })

  test('does not believe a provider that calls itself something else', async () => {
    await expect(begun({ metadata: { issuer: 'https://evil.example' } })).rejects.toThrow('oidc_unavailable')
  })
})
