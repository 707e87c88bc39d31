import { expect, test } from 'vitest'
import { readLogInSettings } from '#parley/server/config/log-in-settings.ts'

const provider = { oidcIssuer: 'https://id.example', oidcClientId: 'parley' }
const host = { hostTokenSecret: 's'.repeat(32), hostTokenIssuer: 'https://app.example' }

test('nothing is on by default', () => {
  expect(readLogInSettings({})).toEqual({ oidc: undefined, host: undefined, guests: { mode: 'off', absence: 604_800_000 } })
})

test('what is set is read', () => {
  expect(readLogInSettings({ ...provider, oidcOnly: true, oidcCreate: 'false', guests: 'invite', guestDays: '2' })).toMatchObject({
    oidc: { issuer: 'https://id.example', clientSecret: '', scopes: 'openid profile', usernameClaim: 'preferred_username', only: true, create: false },
    guests: { mode: 'invite', absence: 172_800_000 },
  })
  expect(readLogInSettings({ ...host, hostTokenSecret: `${'a'.repeat(32)}, ${'b'.repeat(32)}` }).host).toEqual({
    keys: { kind: 'secrets', secrets: ['a'.repeat(32), 'b'.repeat(32)] }, issuer: 'https://app.example', audience: 'parley',
  })
  for (const issuer of ['http://localhost:8080/realms/x', 'http://127.0.0.1:1', 'http://[::1]:1']) expect(readLogInSettings({ ...provider, oidcIssuer: issuer }).oidc?.issuer).toBe(issuer)
})

test.each([
  [{ oidcIssuer: 'https://id.example' }, 'NUXT_OIDC_CLIENT_ID'],
  [{ oidcClientId: 'parley' }, 'NUXT_OIDC_ISSUER'],
  [{ ...provider, oidcIssuer: 'http://id.example' }, 'NUXT_OIDC_ISSUER'],
  [{ ...provider, oidcIssuer: 'http://127.0.0.1.evil.example' }, 'NUXT_OIDC_ISSUER'],
  [{ ...provider, oidcScopes: 'profile' }, 'NUXT_OIDC_SCOPES'],
  [{ ...provider, oidcOnly: 'maybe' }, 'NUXT_OIDC_ONLY'],
  [{ oidcOnly: true }, 'NUXT_OIDC_ONLY'],
  [{ ...host, hostTokenSecret: 'short' }, 'NUXT_HOST_TOKEN_SECRET'],
  [{ ...host, hostTokenSecret: `${'a'.repeat(32)},short` }, 'NUXT_HOST_TOKEN_SECRET'],
  [{ ...host, hostTokenIssuer: '' }, 'NUXT_HOST_TOKEN_ISSUER'],
  [{ ...host, hostTokenJwks: 'https://app.example/jwks' }, 'NUXT_HOST_TOKEN_JWKS'],
  [{ hostTokenJwks: 'http://app.example/jwks', hostTokenIssuer: 'x' }, 'NUXT_HOST_TOKEN_JWKS'],
  [{ guests: 'yes' }, 'NUXT_GUESTS'],
  [{ guestDays: 0 }, 'NUXT_GUEST_DAYS'],
])('%j names %s in one line', (raw, variable) => {
  expect(() => readLogInSettings(raw)).toThrow(new RegExp(`^${variable}: [^\\n]+$`))
})

test('[A6] no secret stands in a message', () => {
  expect(() => readLogInSettings({ ...host, hostTokenSecret: 'hush-hush' })).toThrow(/^(?!.*hush)/)
})
