import { describe, expect, test } from 'vitest'
import { createAccounts } from '#parley/server/auth/accounts.ts'
import { apiTokenHash, createApiTokens } from '#parley/server/auth/api-tokens.ts'
import { createAuthenticator } from '#parley/server/auth/authenticator.ts'
import { commonPasswords } from '#parley/shared/common-passwords.ts'
import { createLoginSessions } from '#parley/server/auth/login-sessions.ts'
import { createPasswords } from '#parley/server/auth/passwords.ts'
import { passwordFault, passwordStrength } from '#parley/shared/password-rules.ts'
import { createRateLimiter } from '#parley/server/auth/rate-limiter.ts'
import { isSetupCode, makeSetupCode } from '#parley/server/auth/setup-code.ts'
import { cleanDisplayName, isUsername } from '#parley/server/auth/usernames.ts'
import { systemRandom } from '#parley/server/config/system.ts'
import { foldText } from '#parley/shared/fold.ts'
import { createMemoryStore } from '#parley/server/storage/memory.ts'
import { createManualClock } from '#parley/tests/helpers/manual-clock.ts'
import { changeUser } from '#parley/tests/contract/world.ts'

/** Stands for scrypt, which costs 40 ms a time; counts how often it is asked. */
function quickHasher() {
  const calls = { verify: 0 }
  return {
    calls,
    hash: async (password: string) => `hash:${password}`,
    verify: async (hash: string, password: string) => {
      calls.verify++
      return hash === `hash:${password}`
    },
  }
}

const here = { address: '127.0.0.1', local: true }
const away = (address = '198.51.100.7') => ({ address, local: false })

async function setup(options: { registration?: 'open' | 'invite' | 'closed', setupCode?: string } = {}) {
  const clock = createManualClock()
  const store = createMemoryStore()
  const hasher = quickHasher()
  const passwords = await createPasswords(hasher, 'nobody')
  const accounts = createAccounts({ store, passwords, clock, random: systemRandom, registration: () => options.registration ?? 'open', setupCode: options.setupCode })
  const logins = createLoginSessions(store, clock)
  const apiTokens = createApiTokens(store, clock, systemRandom)
  return { clock, store, hasher, accounts, logins, apiTokens, authenticate: createAuthenticator(logins, apiTokens) }
}

describe('user names', () => {
  test.each(['ann', 'a.b-c_d', '张三丰', 'Ωμέγα', 'नमस्ते', 'a'.repeat(32), '𠮷野家', '123'])('%s is one', name => expect(isUsername(name)).toBe(true))
  test.each(['ab', 'a'.repeat(33), 'a b', 'a@b', 'all', 'ALL', 'ａｌｌ', '...', 'a\u0000b', 'a\u202Eb', 'ﷺﷺﷺ', 'tab\t', '<img>', 'a\uD800b'])('%j is none', name => expect(isUsername(name)).toBe(false))

  test('compared NFKC case-folded', () => {
    for (const [a, b] of [['Ann', 'aNN'], ['ｱﾝﾅ', 'アンナ'], ['STRASSE', 'straße'], ['Café', 'Cafe\u0301'], ['ΟΔΟΣ', 'οδος']] as const) {
      expect(foldText(a)).toBe(foldText(b))
    }
  })

  test('display names are trimmed and free of control characters', () => {
    expect(cleanDisplayName('  Ann 安 ')).toBe('Ann 安')
    for (const bad of ['', '   ', 'a\nb', 'a\u0000', 'x'.repeat(65), '\uDC00']) expect(cleanDisplayName(bad)).toBeUndefined()
  })
})

describe('passwords', () => {
  test.each([['short', 'password_weak'], ['x'.repeat(257), 'password_weak'], ['ANNABELLE', 'password_weak'], ['aaaaaaaaaaaa', 'password_weak'], ['Password123', 'password_common'], ['QWERTYUIOP', 'password_common'], ['１２３４５６７８', 'password_common'],
    ['Password2025!', 'password_common'], ['!!sunshine99', 'password_common'], ['annabelle1', 'password_weak'], ['xXAnnabelleXx', 'password_weak'], ['abababababab', 'password_weak'], ['密码密码密码密码', 'password_weak']])('%s: %s', (password, fault) => {
    expect(passwordFault(password, 'annabelle')).toBe(fault)
  })

  test.each(['correct horse', '密码很长很长很长', 'x7#kQ!pw', 'sunshine on a leafy lane', 'annabelle has nine lives'])('%s is good', password => expect(passwordFault(password, 'ann')).toBeUndefined())

  test('the hint at strength follows what a guesser would have to do, and never praises what is refused', () => {
    const of = (password: string) => passwordStrength(password, 'annabelle')
    expect(['', 'short', 'password1', 'annabelle1', 'aaaaaaaaaaaa'].map(of)).toEqual(Array.from({ length: 5 }, () => 'refused'))
    expect([of('abcdefghijkl'), of('qwertasdfg11'), of('annabelle19873')]).toEqual(['fair', 'fair', 'fair'])
    expect([of('correct horse'), of('x7#kQ!pwz')]).toEqual(['good', 'good'])
    expect([of('four quiet otters, swimming'), of('窗外下着小雨，猫在睡觉')]).toEqual(['strong', 'strong'])
  })

  test('the list of common ones is long, and holds nothing that is refused anyway', () => {
    expect(commonPasswords.size).toBeGreaterThan(200)
    expect([...commonPasswords].filter(word => word.length < 8 || word !== foldText(word))).toEqual([])
  })

  test('[X9] an unknown user costs the same check as a wrong password', async () => {
    const { accounts, hasher } = await setup()
    await accounts.register({ username: 'ann', password: 'correct horse' }, here)
    await accounts.logIn('ann', 'wrong wrong', away())
    expect(hasher.calls.verify).toBe(1)
    expect(await accounts.logIn('nobody-here', 'wrong wrong', away())).toEqual({ ok: false, code: 'bad_credentials' })
    expect(hasher.calls.verify).toBe(2)
    expect(await accounts.logIn('nobody-here', 'nobody', away())).toEqual({ ok: false, code: 'bad_credentials' })
  })

  test('composed and decomposed accents are the same password', async () => {
    const { accounts } = await setup()
    await accounts.register({ username: 'ann', password: 'se\u0301same ouvre' }, here)
    expect(await accounts.logIn('ANN', 's\u00E9same ouvre', away())).toMatchObject({ ok: true })
  })
})

describe('registration', () => {
  test('the first user is admin on loopback, the next a member', async () => {
    const { accounts } = await setup()
    expect(await accounts.register({ username: 'ann', password: 'correct horse' }, here)).toMatchObject({ ok: true, value: { role: 'admin', displayName: 'ann' } })
    expect(await accounts.register({ username: 'bob', password: 'correct horse', displayName: ' Bob B ' }, away())).toMatchObject({ ok: true, value: { role: 'member', displayName: 'Bob B' } })
    expect(await accounts.register({ username: 'ＡＮＮ', password: 'correct horse' }, away())).toEqual({ ok: false, code: 'username_taken' })
  })

  test('from elsewhere the first user needs the set-up code', async () => {
    const setupCode = makeSetupCode()
    const { accounts } = await setup({ setupCode, registration: 'closed' })
    const first = { username: 'ann', password: 'correct horse' }
    expect(await accounts.register(first, away())).toEqual({ ok: false, code: 'setup_code_required' })
    expect(await accounts.register({ ...first, setupCode: 'AAAA-AAAA-AAAA' }, away())).toEqual({ ok: false, code: 'setup_code_required' })
    expect(await accounts.register({ ...first, setupCode: setupCode.toLowerCase().replaceAll('-', ' ') }, away())).toMatchObject({ ok: true, value: { role: 'admin' } })
    expect(await accounts.register({ username: 'bob', password: 'correct horse', setupCode }, away())).toEqual({ ok: false, code: 'registration_closed' })
  })

  test('by invite only: says so', async () => {
    const { accounts } = await setup({ registration: 'invite' })
    await accounts.register({ username: 'ann', password: 'correct horse' }, here)
    expect(await accounts.register({ username: 'bob', password: 'correct horse' }, here)).toEqual({ ok: false, code: 'invite_required' })
  })

  test('set-up codes are long and compared whole', () => {
    const code = makeSetupCode()
    expect(code).toMatch(/^[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}$/)
    expect(isSetupCode(code, code)).toBe(true)
    expect(isSetupCode(code.slice(0, -1), code)).toBe(false)
    expect(isSetupCode('', code)).toBe(false)
  })
})

describe('throttle', () => {
  test('ten guesses from one address at one account, then a wait; others are untouched', async () => {
    const { accounts, clock } = await setup()
    await accounts.register({ username: 'ann', password: 'correct horse' }, here)
    for (let i = 0; i < 10; i++) expect(await accounts.logIn('ann', 'wrong wrong', away())).toEqual({ ok: false, code: 'bad_credentials' })
    expect(await accounts.logIn('ann', 'correct horse', away())).toEqual({ ok: false, code: 'too_many_requests', retryAfter: 30_000 })
    expect(await accounts.logIn('ann', 'correct horse', away('203.0.113.5'))).toMatchObject({ ok: true })
    await clock.advance(30_000)
    expect(await accounts.logIn('ann', 'correct horse', away())).toMatchObject({ ok: true })
  })

  test('a volley of parallel guesses is limited too', async () => {
    const { accounts } = await setup()
    await accounts.register({ username: 'ann', password: 'correct horse' }, here)
    const answers = await Promise.all(Array.from({ length: 40 }, () => accounts.logIn('ann', 'wrong wrong', away())))
    expect(answers.filter(answer => !answer.ok && answer.code === 'bad_credentials')).toHaveLength(10)
  })

  test('one address that hammers on cannot lock the owner out', async () => {
    const { accounts } = await setup()
    await accounts.register({ username: 'ann', password: 'correct horse' }, here)
    for (let i = 0; i < 300; i++) await accounts.logIn('ann', 'wrong wrong', away())
    expect(await accounts.logIn('ann', 'correct horse', away('203.0.113.5'))).toMatchObject({ ok: true })
  })

  test('right passwords are never counted', async () => {
    const { accounts } = await setup()
    await accounts.register({ username: 'ann', password: 'correct horse' }, here)
    for (let i = 0; i < 50; i++) expect(await accounts.logIn('ann', 'correct horse', away())).toMatchObject({ ok: true })
  })

  test('buckets refill one by one and forget who is done', async () => {
    const clock = createManualClock()
    const limiter = createRateLimiter(clock, { burst: 2, refill: 1000 })
    expect([limiter.take('a'), limiter.take('a'), limiter.take('a'), limiter.take('b')]).toEqual([0, 0, 1000, 0])
    await clock.advance(1000)
    expect([limiter.take('a'), limiter.take('a')]).toEqual([0, 1000])
    limiter.giveBack('a')
    expect(limiter.take('a')).toBe(0)
  })
})

describe('who is behind a request', () => {
  test('[A5] a login lasts 30 days, sliding, and is written at most once an hour', async () => {
    const { accounts, logins, clock, authenticate } = await setup()
    const made = await accounts.register({ username: 'ann', password: 'correct horse' }, here)
    const login = await logins.open(made.ok ? made.value.id : '', { userAgent: 'x'.repeat(1000), address: '198.51.100.7' })
    expect(login.userAgent).toHaveLength(256)
    const by = { bearer: undefined, login: login.id }
    expect(await authenticate(by)).toMatchObject({ ok: true, slid: false, caller: { via: 'cookie', login: login.id } })
    await clock.advance(3_600_000)
    expect(await authenticate(by)).toMatchObject({ ok: true, slid: true })
    expect(await authenticate(by)).toMatchObject({ ok: true, slid: false })
    await clock.advance(29 * 24 * 3_600_000)
    expect(await authenticate(by)).toMatchObject({ ok: true, slid: true })
    await clock.advance(30 * 24 * 3_600_000)
    expect(await authenticate(by)).toEqual({ ok: false, code: 'unauthenticated' })
  })

  test('[A5] revoked and disabled are out at once', async () => {
    const { accounts, logins, store, authenticate } = await setup()
    const made = await accounts.register({ username: 'ann', password: 'correct horse' }, here)
    const user = made.ok ? made.value.id : ''
    const [first, second] = [await logins.open(user, { userAgent: '', address: '' }), await logins.open(user, { userAgent: '', address: '' })]
    await store.revokeLogin(user, first.id)
    expect(await authenticate({ bearer: undefined, login: first.id })).toEqual({ ok: false, code: 'unauthenticated' })
    await changeUser(store, user, { disabled: true })
    expect(await authenticate({ bearer: undefined, login: second.id })).toEqual({ ok: false, code: 'account_disabled' })
  })

  test('an API token is stored as a hash only and works until it is revoked', async () => {
    const { accounts, apiTokens, store, authenticate } = await setup()
    const made = await accounts.register({ username: 'ann', password: 'correct horse' }, here)
    const user = made.ok ? made.value.id : ''
    const { token, record } = await apiTokens.create(user, 'bot')
    expect(token).toMatch(/^parley_[\w-]{43}$/)
    expect(JSON.stringify([await store.apiTokensOf(user), await store.apiToken(apiTokenHash(token))])).not.toContain(token)
    expect(await authenticate({ bearer: token, login: undefined })).toMatchObject({ ok: true, caller: { via: 'bearer', login: record.id, account: { id: user } } })
    expect(await authenticate({ bearer: `${token}x`, login: undefined })).toEqual({ ok: false, code: 'unauthenticated' })
    await store.revokeApiToken(user, record.id)
    expect(await authenticate({ bearer: token, login: undefined })).toEqual({ ok: false, code: 'unauthenticated' })
  })
})
