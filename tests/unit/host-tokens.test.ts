import { generateKeyPairSync } from 'node:crypto'
import { exportJWK, SignJWT, UnsecuredJWT } from 'jose'
import type { JWTPayload } from 'jose'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createExternalUsers } from '#parley/server/auth/external-users.ts'
import { createHostTokens } from '#parley/server/auth/host-tokens.ts'
import type { HostTokenSettings } from '#parley/server/auth/host-tokens.ts'
import { systemRandom } from '#parley/server/config/system.ts'
import { createMemoryStore } from '#parley/server/storage/memory.ts'
import { startJsonServer } from '#parley/tests/helpers/json-server.ts'
import { createManualClock } from '#parley/tests/helpers/manual-clock.ts'
import { changeUser } from '#parley/tests/contract/world.ts'

/** Tokens of a host application (A10, X10). */

const issuer = 'https://app.example'
const secret = 'a secret of the host application that is long enough'
const bytes = (text: string) => new TextEncoder().encode(text)

async function setup(keys: HostTokenSettings['keys'] = { kind: 'secrets', secrets: [secret] }) {
  const clock = createManualClock()
  const store = createMemoryStore()
  await store.createUser({ id: 'admin', username: 'admin', usernameKey: 'admin', displayName: 'Admin', passwordHash: '', at: 1, mayBeFirst: true })
  const users = createExternalUsers({ store, clock, random: systemRandom })
  const renamed: string[] = []
  const lines: Record<string, unknown>[] = []
  const note = (_message: string, fields: Record<string, unknown> = {}) => void lines.push(fields)
  const tokens = createHostTokens({
    settings: { keys, issuer, audience: 'parley' }, users, clock, log: { debug: note, info: note, warn: note, error: note },
    rename: async (user, displayName) => {
      renamed.push(displayName)
      await store.saveProfile(user, { displayName })
    },
  })
  const now = () => Math.floor(clock.now() / 1000)
  const claims = (change: JWTPayload = {}): JWTPayload => ({ iss: issuer, aud: 'parley', sub: 'u-1', exp: now() + 120, name: 'Ann', preferred_username: 'ann', ...change })
  const sign = (change: JWTPayload = {}, key: string = secret) => new SignJWT(claims(change)).setProtectedHeader({ alg: 'HS256' }).sign(bytes(key))
  return { clock, store, tokens, renamed, lines, claims, sign, now }
}

describe('[A10] a user of the host application', () => {
  test('is made when first seen, found again, and its name is followed', async () => {
    const { tokens, sign, renamed } = await setup()
    const first = await tokens.find(await sign())
    expect(first?.user).toMatchObject({ username: 'ann', displayName: 'Ann', role: 'member' })
    const again = await tokens.find(await sign({ name: 'Ann Lee', preferred_username: 'other' }))
    expect(again?.user).toMatchObject({ id: first?.user.id, username: 'ann', displayName: 'Ann Lee' })
    expect((await tokens.find(await sign({ name: 'Ann Lee' })))?.user.displayName).toBe('Ann Lee')
    expect(renamed).toEqual(['Ann Lee'])
  })

  test('gets another user name when theirs is taken, and never somebody else\'s account', async () => {
    const { tokens, sign } = await setup()
    const found = await tokens.find(await sign({ sub: 'u-2', preferred_username: 'admin', name: 'Mallory' }))
    expect(found?.user).toMatchObject({ username: 'admin-2', role: 'member' })
    expect((await tokens.find(await sign({ sub: 'u-3', preferred_username: '!', name: '张 三' })))?.user.username).toBe('张.三')
    expect((await tokens.find(await sign({ sub: 'u-4', preferred_username: '!', name: '' })))?.user.username).toBe('user')
    expect((await tokens.find(await sign({ sub: 'U-4', name: 'A\u0000' })))?.user.username).toMatch(/^ann|^user/)
  })

  test('who is disabled is known as that, and made by nothing anew', async () => {
    const { tokens, sign, store } = await setup()
    const { user } = (await tokens.find(await sign()))!
    await changeUser(store, user.id, { disabled: true })
    expect((await tokens.find(await sign({ name: 'New' })))?.user).toMatchObject({ id: user.id, disabled: true, displayName: 'Ann' })
  })

  test('two tabs at once are one user', async () => {
    const { tokens, sign } = await setup()
    const found = await Promise.all([tokens.find(await sign()), tokens.find(await sign()), tokens.find(await sign())])
    expect(new Set(found.map(one => one?.user.id)).size).toBe(1)
  })
})

describe('[X10] [A10] a token does not count', () => {
  test.each([
    ['without exp', { exp: undefined }],
    ['without sub', { sub: undefined }],
    ['with an empty sub', { sub: '' }],
    ['without aud', { aud: undefined }],
    ['for somebody else', { aud: 'billing' }],
    ['of somebody else', { iss: 'https://evil.example' }],
    ['without iss', { iss: undefined }],
  ])('%s', async (_name, change) => {
    const { tokens, sign, store } = await setup()
    expect(await tokens.find(await sign(change as JWTPayload))).toBeUndefined()
    expect(await store.userCount()).toBe(1)
  })

  test('expired, or not valid yet, by more than 60 s; within that clocks may differ', async () => {
    const { tokens, sign, now } = await setup()
    expect(await tokens.find(await sign({ exp: now() - 61 }))).toBeUndefined()
    expect(await tokens.find(await sign({ exp: now() - 59 }))).toBeDefined()
    expect(await tokens.find(await sign({ nbf: now() + 61 }))).toBeUndefined()
    expect(await tokens.find(await sign({ nbf: now() + 59 }))).toBeDefined()
  })

  test('that lives longer than a day', async () => {
    const { tokens, sign, now } = await setup()
    expect(await tokens.find(await sign({ exp: now() + 86_400 }))).toBeDefined()
    expect(await tokens.find(await sign({ exp: now() + 87_000 }))).toBeUndefined()
  })

  test('unsigned, signed by another secret, or changed', async () => {
    const { tokens, sign, claims, lines } = await setup()
    const unsigned = new UnsecuredJWT(claims()).encode()
    expect(await tokens.find(unsigned)).toBeUndefined()
    expect(await tokens.find(await sign({}, 'another secret of the same length or so'))).toBeUndefined()
    const [header, , signature] = (await sign()).split('.')
    expect(await tokens.find(`${header}.${Buffer.from(JSON.stringify(claims({ sub: 'admin' }))).toString('base64url')}.${signature}`)).toBeUndefined()
    expect(await tokens.find('a.b.c')).toBeUndefined()
    expect(await tokens.find('no token')).toBeUndefined()
    expect(await tokens.find(`${'a'.repeat(5_000)}.b.c`)).toBeUndefined()
    // A6: the log tells which rule it broke and nothing of the token.
    expect(JSON.stringify(lines)).not.toMatch(/eyJ|Ann|u-1/)
  })

  test('by another HMAC than the one that is fixed', async () => {
    const { tokens, claims } = await setup()
    for (const alg of ['HS384', 'HS512']) expect(await tokens.find(await new SignJWT(claims()).setProtectedHeader({ alg }).sign(bytes(secret.repeat(2))))).toBeUndefined()
  })
})

describe('[X10] [A10] keys are replaced', () => {
  test('a new secret beside the old one, and then the old one is gone', async () => {
    const next = 'the next secret of the host application'
    const both = await setup({ kind: 'secrets', secrets: [next, secret] })
    expect(await both.tokens.find(await both.sign())).toBeDefined()
    expect(await both.tokens.find(await both.sign({}, next))).toBeDefined()
    const later = await setup({ kind: 'secrets', secrets: [next] })
    expect(await later.tokens.find(await later.sign())).toBeUndefined()
    expect(await later.tokens.find(await later.sign({}, next))).toBeDefined()
  })

  test('a JWKS is asked again for a key that is not known; its public key is no secret, and a key that it lacks does not count', async () => {
    const pairs = [1, 2, 3].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }))
    const published = await Promise.all(pairs.map(async ({ publicKey }, index) => ({ ...await exportJWK(publicKey), kid: `k${index}`, alg: 'ES256', use: 'sig' })))
    const keys = [published[0]]
    const server = await startJsonServer(() => ({ keys }))
    onTestFinished(() => server.close())
    const { tokens, claims } = await setup({ kind: 'jwks', url: `${server.url}/jwks.json` })
    const by = (index: number) => new SignJWT(claims()).setProtectedHeader({ alg: 'ES256', kid: `k${index}` }).sign(pairs[index]!.privateKey)
    expect(await tokens.find(await by(0))).toBeDefined()
    expect(await tokens.find(await by(0))).toBeDefined()
    expect(server.asked).toHaveLength(1)
    // Confusion of algorithms: the public key as text, taken for the secret of an HMAC.
    const pem = pairs[0]!.publicKey.export({ type: 'spki', format: 'pem' }).toString()
    for (const text of [pem, JSON.stringify(published[0])]) {
      expect(await tokens.find(await new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: 'k0' }).sign(bytes(text)))).toBeUndefined()
    }
    expect(await tokens.find(new UnsecuredJWT(claims()).encode())).toBeUndefined()
    // A key of the token's own.
    const own = await exportJWK(pairs[2]!.publicKey)
    expect(await tokens.find(await new SignJWT(claims()).setProtectedHeader({ alg: 'ES256', kid: 'k0', jwk: own }).sign(pairs[2]!.privateKey))).toBeUndefined()

    const fresh = await setup({ kind: 'jwks', url: `${server.url}/jwks.json` })
    keys.splice(0, 1, published[1])
    expect(await fresh.tokens.find(await by(1))).toBeDefined()
    expect(await fresh.tokens.find(await by(0))).toBeUndefined()
  })

  test('while the JWKS is away no token counts, and nothing breaks', async () => {
    const server = await startJsonServer(() => undefined)
    const { tokens, claims } = await setup({ kind: 'jwks', url: `${server.url}/jwks.json` })
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const token = await new SignJWT(claims()).setProtectedHeader({ alg: 'ES256', kid: 'k0' }).sign(pair.privateKey)
    expect(await tokens.find(token)).toBeUndefined()
    await server.close()
    expect(await tokens.find(token)).toBeUndefined()
  })
})
