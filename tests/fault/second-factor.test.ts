import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AdminUsersResponse, AuditResponse, PasswordReset } from '#parley/shared/administration.ts'
import type { EnrolmentResponse, RecoveryCodesResponse, SecurityResponse } from '#parley/shared/second-factor.ts'
import { goodPassword, HttpClient, newUser } from '#parley/tests/helpers/http-client.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'
import { createSoftwareAuthenticator } from '#parley/tests/helpers/software-authenticator.ts'

/** Codes and passkeys over HTTP, on the built server (A11, A12). */

let server: ServerProcess
let admin: Awaited<ReturnType<typeof newUser>>

beforeAll(async () => {
  server = await startServer()
  admin = await newUser(server.url, 'admin')
})
afterAll(() => server.dispose())

const guest = () => new HttpClient(server.url)
const codeOf = (secret: string, periods = 0) => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + periods * 30_000 })

/** A user with codes set up; the app's next period has not been used. */
async function withCodes(name: string) {
  const client = await newUser(server.url, name)
  const { token, secret } = await client.need<EnrolmentResponse>('POST', '/api/me/second-factor', { password: goodPassword })
  const { codes } = await client.need<RecoveryCodesResponse>('POST', '/api/me/second-factor/confirm', { token, code: codeOf(secret, -1) })
  return { client, secret, codes }
}

type Half = { secondFactor: { token: string } }
const half = (client: HttpClient, username: string, password = goodPassword) => client.call<Half>('POST', '/api/auth/login', { username, password })
const finish = (client: HttpClient, token: string, code: string) => client.call('POST', '/api/auth/second-factor', { token, code })

describe('codes', () => {
  test('[A11] the password is half a log-in, in one browser; the code is the other half', async () => {
    const { secret, codes, client } = await withCodes('ann')
    const browser = guest()
    const answer = await half(browser, 'ann')
    expect([answer.status, Object.keys(answer.body)]).toEqual([200, ['secondFactor']])
    expect(browser.lastSetCookie).toEqual([expect.stringMatching(/^parley-browser=[\w-]{32}; Max-Age=900; Path=\/api\/auth; HttpOnly; SameSite=Strict$/)])
    expect((await browser.call('GET', '/api/me')).status).toBe(401)
    const { token } = answer.body.secondFactor
    expect((await finish(guest(), token, codeOf(secret))).body.data).toEqual({ code: 'step_expired' })
    expect((await finish(browser, token, '000000')).body.data).toEqual({ code: 'code_wrong' })
    expect((await finish(browser, token, codeOf(secret))).status).toBe(200)
    expect((await browser.call('GET', '/api/me')).status).toBe(200)
    const other = guest()
    const { token: second } = (await half(other, 'ann')).body.secondFactor
    expect((await finish(other, second, codeOf(secret))).status).toBe(403)
    expect((await finish(other, second, codes[0] ?? '')).status).toBe(200)
    expect((await client.need<SecurityResponse>('GET', '/api/me/security')).codes?.recoveryCodesLeft).toBe(9)
  })

  test('[A11] a new password, also by a link, takes nothing away; tokens go on without a code', async () => {
    const { client, codes } = await withCodes('ben')
    const { token } = await client.need<{ token: string }>('POST', '/api/me/tokens', { name: 'bot' })
    expect((await guest().call('GET', '/api/me', undefined, { authorization: `Bearer ${token}` })).status).toBe(200)
    expect((await guest().call('POST', '/api/me/second-factor/off', { password: goodPassword, code: codes[0] }, { authorization: `Bearer ${token}` })).status).toBe(403)
    await client.need('POST', '/api/me/password', { current: goodPassword, password: 'roses in december' })
    expect(Object.keys((await half(guest(), 'ben', 'roses in december')).body)).toEqual(['secondFactor'])
    const reset = await admin.need<PasswordReset>('POST', `/api/admin/users/${client.account.id}/reset`)
    await guest().need('POST', `/api/reset/${reset.token}`, { password: 'lilies in january' })
    expect(Object.keys((await half(guest(), 'ben', 'lilies in january')).body)).toEqual(['secondFactor'])
  })

  test('[A11] off and new codes take password and code; an admin takes all away, and the audit log says so', async () => {
    const { client, secret, codes } = await withCodes('cleo')
    const off = (body: object) => client.call('POST', '/api/me/second-factor/off', body)
    expect((await off({ password: 'wrong wrong', code: codes[0] })).body.data).toEqual({ code: 'bad_credentials' })
    expect((await off({ password: goodPassword, code: '000000' })).body.data).toEqual({ code: 'code_wrong' })
    const renewed = await client.need<RecoveryCodesResponse>('POST', '/api/me/second-factor/codes', { password: goodPassword, code: codeOf(secret) })
    expect(renewed.codes).toHaveLength(10)
    expect((await off({ password: goodPassword, code: codes[1] })).status).toBe(403)
    const { users } = await admin.need<AdminUsersResponse>('GET', '/api/admin/users?q=cleo')
    expect(users[0]).toMatchObject({ codes: true })
    expect((await client.call('DELETE', `/api/admin/users/${admin.account.id}/second-factor`)).status).toBe(404)
    expect((await admin.call('DELETE', `/api/admin/users/${admin.account.id}/second-factor`)).status).toBe(403)
    expect((await admin.call<{ user: object }>('DELETE', `/api/admin/users/${client.account.id}/second-factor`)).body.user).not.toHaveProperty('codes')
    expect(Object.keys((await half(guest(), 'cleo')).body)).toEqual(['user'])
    // [A5] Whoever has the device that was lost may be in.
    expect((await client.call('GET', '/api/me')).status).toBe(401)
    const { lines } = await admin.need<AuditResponse>('GET', '/api/admin/audit?act=user.second-factor')
    expect(lines[0]).toMatchObject({ name: 'cleo', detail: { codes: true, passkeys: 0 } })
    expect(JSON.stringify(lines)).not.toContain(secret)
  })
})

describe('passkeys', () => {
  /** As a proxy on this machine in front of https://chat.example passes requests on. */
  const proxied = { 'origin': 'https://chat.example', 'x-forwarded-host': 'chat.example', 'x-forwarded-proto': 'https' }
  const asked = { origin: 'https://chat.example', rpId: 'chat.example' }
  type Options = { options: { challenge: string, rp?: { id: string }, rpId?: string } }

  test('[A12] made and used behind a proxy, once each, in the browser that began it', async () => {
    const dora = await newUser(server.url, 'dora')
    const device = createSoftwareAuthenticator()
    const { options } = (await dora.call<Options>('POST', '/api/me/passkeys/options', {}, proxied)).body
    expect(options.rp?.id).toBe('chat.example')
    const made = { name: 'phone', response: device.register({ ...asked, challenge: options.challenge }) }
    expect((await dora.call('POST', '/api/me/passkeys', made, proxied)).status).toBe(201)
    expect((await dora.call('POST', '/api/me/passkeys', made, proxied)).status).toBe(410)

    const browser = guest()
    const begin = async () => (await browser.call<Options>('POST', '/api/auth/passkey/options', {}, proxied)).body.options
    const challenge = await begin()
    expect(challenge.rpId).toBe('chat.example')
    device.counter = 1
    const response = device.sign({ ...asked, challenge: challenge.challenge, user: dora.account.id })
    expect((await guest().call('POST', '/api/auth/passkey', { response }, proxied)).status).toBe(410)
    const entered = await browser.call<{ user: object }>('POST', '/api/auth/passkey', { response }, proxied)
    expect([entered.status, entered.body.user]).toEqual([200, dora.account])
    expect((await browser.call('POST', '/api/auth/passkey', { response }, proxied)).status).toBe(410)

    const { passkeys } = (await browser.call<SecurityResponse>('GET', '/api/me/security', undefined, proxied)).body
    expect(passkeys).toMatchObject([{ id: device.id, name: 'phone', lastUsedAt: expect.any(Number) }])
    expect(passkeys[0]).not.toHaveProperty('elsewhere')
    const [own, other] = [`/api/me/passkeys/${device.id}`, admin]
    expect([(await other.call('PATCH', own, { name: 'x' })).status, (await other.call('DELETE', own)).status]).toEqual([404, 404])
    expect((await dora.call('PATCH', own, { name: 'old phone' })).status).toBe(204)
    const remove = (body?: object) => dora.call('DELETE', own, body)
    expect((await remove({ password: 'not this one' })).body.data).toEqual({ code: 'bad_credentials' })
    expect((await dora.need<SecurityResponse>('GET', '/api/me/security')).passkeys).toHaveLength(1)
    expect((await remove({ password: goodPassword })).status).toBe(204)
    expect((await remove()).status).toBe(404)
  })

  test('[A12] [X20] no foreign origin, no host that only a stranger claims, no bare address', async () => {
    const options = (headers: Record<string, string>) => guest().call('POST', '/api/auth/passkey/options', {}, headers)
    expect((await options({ origin: 'https://evil.example' })).body.data).toEqual({ code: 'foreign_origin' })
    expect((await options({ ...proxied, origin: 'https://evil.example' })).body.data).toEqual({ code: 'foreign_origin' })
    expect((await options({ origin: '' })).body.data).toEqual({ code: 'passkeys_unavailable' })
    expect((await options({})).body.data).toEqual({ code: 'passkeys_unavailable' })
    expect((await options({ 'origin': 'http://chat.example', 'x-forwarded-host': 'chat.example' })).body.data).toEqual({ code: 'passkeys_unavailable' })
    expect((await guest().call('POST', '/api/auth/passkey', { response: { id: 'x' } }, proxied)).status).toBe(400)
    expect((await guest().call('POST', '/api/me/passkeys/options', {}, proxied)).status).toBe(401)
  })
})
