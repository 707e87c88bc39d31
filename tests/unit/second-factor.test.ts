import { Secret, TOTP } from 'otpauth'
import { describe, expect, test } from 'vitest'
import { makeRecoveryCodes, recoveryCodeHash } from '#parley/server/auth/recovery-codes.ts'
import { createSealedSecrets } from '#parley/server/auth/sealed-secrets.ts'
import { createSecondFactor } from '#parley/server/auth/second-factor.ts'
import { timing, triesPerLogIn } from '#parley/server/auth/second-factor-limits.ts'
import { createMemoryStore } from '#parley/server/storage/memory.ts'
import { changeUser } from '#parley/tests/contract/world.ts'
import { createManualClock } from '#parley/tests/helpers/manual-clock.ts'

const key = Buffer.alloc(32, 7).toString('base64url')
const from = { address: '198.51.100.7', local: false }
const ann = { id: 'ann', username: 'ann', displayName: 'Ann', role: 'member' as const }

async function setup() {
  const clock = createManualClock()
  const store = createMemoryStore()
  for (const id of ['root', 'ann', 'bob']) await store.createUser({ id, username: id, usernameKey: id, displayName: id, passwordHash: 'hash', at: 1, mayBeFirst: true })
  const errors: string[] = []
  const log = { error: (message: string) => void errors.push(message) }
  const secondFactor = createSecondFactor({ store, sealed: createSealedSecrets(key), clock, log })

  /** What the app of a phone shows now, or some periods away. */
  const codeOf = (secret: string, periods = 0) => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: clock.now() + periods * timing.codePeriod })

  /** With codes set up, and their period used. */
  async function enrolled() {
    const begun = await secondFactor.enrol(ann, 'login', 'Parley')
    if (!begun.ok) throw new Error(begun.code)
    const { token, secret } = begun.value
    const done = await secondFactor.confirm(ann, 'login', token, codeOf(secret), from)
    if (!done.ok) throw new Error(done.code)
    await clock.advance(2 * timing.codePeriod)
    return { secret, codes: done.value }
  }
  const half = async (browser = 'browser') => await secondFactor.halfLogIn(() => browser, 'ann') ?? ''
  return { clock, store, secondFactor, errors, log, codeOf, enrolled, half }
}

describe('setting up codes', () => {
  test('[A11] counts only once a code has come back, from the log-in that began it', async () => {
    const { secondFactor, store, codeOf, half } = await setup()
    const begun = await secondFactor.enrol(ann, 'login', 'Parley (chat.example)')
    if (!begun.ok) throw new Error(begun.code)
    const { token, secret, uri } = begun.value
    expect(uri).toMatch(/^otpauth:\/\/totp\/Parley/)
    expect(uri).toContain(`secret=${secret}`)
    expect(secret).toMatch(/^[A-Z2-7]{32}$/)
    expect(await half()).toBe('')
    expect(await secondFactor.confirm(ann, 'another login', token, codeOf(secret), from)).toEqual({ ok: false, code: 'step_expired' })
    expect(await secondFactor.confirm({ ...ann, id: 'bob' }, 'login', token, codeOf(secret), from)).toEqual({ ok: false, code: 'step_expired' })
    expect(await secondFactor.confirm(ann, 'login', token, '000000', from)).toEqual({ ok: false, code: 'code_wrong' })
    expect(await store.totp('ann')).toBeUndefined()
    const confirmed = await secondFactor.confirm(ann, 'login', token, codeOf(secret), from)
    expect(confirmed.ok && confirmed.value).toHaveLength(10)
    expect(await secondFactor.state('ann')).toMatchObject({ codesLeft: 10 })
    expect(await half()).not.toBe('')
    expect(await secondFactor.enrol(ann, 'login', 'Parley')).toEqual({ ok: false, code: 'forbidden' })
  })

  test('[A11] the store holds neither the secret nor a recovery code', async () => {
    const { store, enrolled } = await setup()
    const { secret, codes } = await enrolled()
    const held = JSON.stringify([...store.state.totp].map(([user, totp]) => [user, totp.sealedSecret, ...totp.codes]))
    for (const text of [secret, Buffer.from(Secret.fromBase32(secret).bytes).toString('base64url'), ...codes]) expect(held).not.toContain(text)
    expect(new Set(codes).size).toBe(10)
    for (const code of codes) expect(code).toMatch(/^([A-Z2-9]{4}-){3}[A-Z2-9]{4}$/)
  })
})

describe('the second step of a log-in', () => {
  test('[A11] takes a code of the app, once, one period before and after included', async () => {
    const { clock, secondFactor, enrolled, codeOf, half } = await setup()
    const { secret } = await enrolled()
    const logIn = async (code: string) => secondFactor.finishLogIn('browser', await half(), code, from)
    expect(await logIn(codeOf(secret, -2))).toEqual({ ok: false, code: 'code_wrong' })
    expect(await logIn(codeOf(secret, 2))).toEqual({ ok: false, code: 'code_wrong' })
    const now = codeOf(secret)
    expect(await logIn(`${now.slice(0, 3)} ${now.slice(3)}`)).toMatchObject({ ok: true, value: { id: 'ann' } })
    expect(await logIn(now)).toEqual({ ok: false, code: 'code_wrong' })
    // A newer one was used: an earlier one is one that somebody has seen.
    expect(await logIn(codeOf(secret, -1))).toEqual({ ok: false, code: 'code_wrong' })
    expect((await logIn(codeOf(secret, 1))).ok).toBe(true)
    await clock.advance(2 * timing.codePeriod)
    const both = [await half(), await half()]
    const parallel = await Promise.all(both.map(token => secondFactor.finishLogIn('browser', token, codeOf(secret), from)))
    expect(parallel.filter(({ ok }) => ok)).toHaveLength(1)
  })

  test('[A11] takes a recovery code, once, however it is typed', async () => {
    const { secondFactor, enrolled, half } = await setup()
    const { codes: [first = '', second = ''] } = await enrolled()
    const logIn = async (code: string) => secondFactor.finishLogIn('browser', await half(), code, from)
    expect((await logIn(first.toLowerCase().replaceAll('-', ' '))).ok).toBe(true)
    expect(await logIn(first)).toEqual({ ok: false, code: 'code_wrong' })
    expect((await secondFactor.state('ann'))?.codesLeft).toBe(9)
    expect((await logIn(second)).ok).toBe(true)
  })

  test('[A11] belongs to the browser that gave the password, for five minutes and five tries, and ends with the log-in', async () => {
    const { clock, secondFactor, enrolled, codeOf, half } = await setup()
    const { secret } = await enrolled()
    const token = await half()
    const expired = { ok: false, code: 'step_expired' }
    expect(await secondFactor.finishLogIn('another', token, codeOf(secret), from)).toEqual(expired)
    expect(await secondFactor.finishLogIn('', token, codeOf(secret), from)).toEqual(expired)
    for (let count = 1; count < triesPerLogIn; count++) expect(await secondFactor.finishLogIn('browser', token, '12345', from)).toEqual({ ok: false, code: 'code_wrong' })
    expect((await secondFactor.finishLogIn('browser', token, codeOf(secret), from)).ok).toBe(true)
    expect(await secondFactor.finishLogIn('browser', token, codeOf(secret, 1), from)).toEqual(expired)
    const tried = await half()
    const volley = await Promise.all(Array.from({ length: triesPerLogIn + 1 }, () => secondFactor.finishLogIn('browser', tried, 'AAAA-AAAA-AAAA-AAAA', { ...from, address: '203.0.113.5' })))
    expect(volley.filter(answer => !answer.ok && answer.code === 'code_wrong')).toHaveLength(triesPerLogIn)
    expect(await secondFactor.finishLogIn('browser', tried, codeOf(secret, 1), from)).toEqual(expired)
    const old = await half()
    await clock.advance(timing.halfLogIn)
    expect(await secondFactor.finishLogIn('browser', old, codeOf(secret), from)).toEqual(expired)
  })

  test('[A11] [X9] guesses are limited by account and address; the owner gets in from elsewhere', async () => {
    const { clock, secondFactor, enrolled, codeOf, half } = await setup()
    const { secret } = await enrolled()
    const guess = async (address: string) => secondFactor.finishLogIn('browser', await half(), '000000', { address, local: false })
    for (let count = 0; count < 10; count++) expect(await guess('203.0.113.5')).toEqual({ ok: false, code: 'code_wrong' })
    expect(await guess('203.0.113.5')).toMatchObject({ ok: false, code: 'too_many_requests', retryAfter: 300_000 })
    expect((await secondFactor.finishLogIn('browser', await half(), codeOf(secret), from)).ok).toBe(true)
    await clock.advance(300_000)
    expect(await guess('203.0.113.5')).toEqual({ ok: false, code: 'code_wrong' })
    // From many addresses: the account's own limit.
    let refused = 0
    for (let count = 0; count < 80; count++) refused += (await guess(`2001:db8:${count.toString(16)}::1`)).ok ? 0 : 1
    expect(await guess('2001:db8:ffff::1')).toMatchObject({ ok: false, code: 'too_many_requests' })
    expect(refused).toBe(80)
  })

  test('[A11] a disabled user gets no further, and one without codes has no second step', async () => {
    const { store, secondFactor, enrolled, codeOf, half } = await setup()
    const { secret } = await enrolled()
    const token = await half()
    await changeUser(store, 'ann', { disabled: true })
    expect(await secondFactor.finishLogIn('browser', token, codeOf(secret), from)).toEqual({ ok: false, code: 'account_disabled' })
    expect(await secondFactor.halfLogIn(() => expect.unreachable('nothing to bind'), 'bob')).toBeUndefined()
  })

  test('[A11] a new password changes nothing about it', async () => {
    const { store, enrolled, half } = await setup()
    await enrolled()
    await store.setPassword('ann', 'new hash')
    await store.createPasswordReset({ user: 'ann', hash: 'h', createdAt: 1, expiresAt: 100 }, { at: 1, actor: 'root', act: 'user.reset', address: '' })
    await store.usePasswordReset('h', 2, 'newer hash', { at: 2, actor: 'ann', act: 'user.password', address: '' })
    expect(await half()).not.toBe('')
  })
})

describe('renewing and ending', () => {
  test('[A11] new recovery codes replace the old ones, and off is off; both need a code', async () => {
    const { secondFactor, enrolled, codeOf, half } = await setup()
    const { secret, codes: [old = ''] } = await enrolled()
    expect(await secondFactor.renewCodes('ann', '000000', from)).toEqual({ ok: false, code: 'code_wrong' })
    const renewed = await secondFactor.renewCodes('ann', codeOf(secret), from)
    expect(renewed.ok && renewed.value).toHaveLength(10)
    expect(await secondFactor.turnOff('ann', old, from)).toEqual({ ok: false, code: 'code_wrong' })
    expect(await secondFactor.turnOff('ann', codeOf(secret), from)).toEqual({ ok: false, code: 'code_wrong' })
    expect(await secondFactor.turnOff('ann', (renewed.ok ? renewed.value[3] : undefined) ?? '', from)).toEqual({ ok: true, value: undefined })
    expect([await half(), await secondFactor.state('ann')]).toEqual(['', undefined])
    expect(await secondFactor.turnOff('bob', '000000', from)).toEqual({ ok: false, code: 'code_wrong' })
  })

  test('[A11] with another key only recovery codes help, and the log says why', async () => {
    const { clock, store, errors, log, enrolled, codeOf } = await setup()
    const { secret, codes: [code = ''] } = await enrolled()
    const other = createSecondFactor({ store, sealed: createSealedSecrets(Buffer.alloc(32, 8).toString('base64url')), clock, log })
    expect(await other.turnOff('ann', codeOf(secret), from)).toEqual({ ok: false, code: 'code_wrong' })
    expect(errors).toHaveLength(1)
    expect((await other.turnOff('ann', code, from)).ok).toBe(true)
  })
})

describe('sealed secrets', () => {
  test('[A11] open for their owner and key only', () => {
    const sealed = createSealedSecrets(key)
    const secret = new Uint8Array([1, 2, 3, 4])
    const seal = sealed.seal(secret, 'ann')
    expect(new Uint8Array(sealed.open(seal, 'ann') ?? [])).toEqual(secret)
    expect(sealed.seal(secret, 'ann')).not.toBe(seal)
    for (const [text, owner] of [[seal, 'bob'], [seal.slice(0, -2), 'ann'], [seal.replace('v1', 'v2'), 'ann'], ['', 'ann'], ['v1.', 'ann']] as const) expect(sealed.open(text, owner)).toBeUndefined()
    expect(createSealedSecrets(Buffer.alloc(32, 9).toString('base64url')).open(seal, 'ann')).toBeUndefined()
  })

  test('recovery codes are compared without case and dashes', () => {
    const [code = ''] = makeRecoveryCodes()
    expect(recoveryCodeHash(code.toLowerCase().replaceAll('-', ' '))).toBe(recoveryCodeHash(code))
    expect(recoveryCodeHash(`${code}A`)).not.toBe(recoveryCodeHash(code))
  })
})
