import { describe, expect, test } from 'vitest'
import { createPasskeys } from '#parley/server/auth/passkeys.ts'
import { relyingParty } from '#parley/server/auth/relying-party.ts'
import { passkeyLimit, timing } from '#parley/server/auth/second-factor-limits.ts'
import { createMemoryStore } from '#parley/server/storage/memory.ts'
import type { Account } from '#parley/shared/model.ts'
import { changeUser } from '#parley/tests/contract/world.ts'
import { createManualClock } from '#parley/tests/helpers/manual-clock.ts'
import { createSoftwareAuthenticator } from '#parley/tests/helpers/software-authenticator.ts'

const party = { origin: 'https://chat.example', id: 'chat.example' }
const from = { address: '198.51.100.7', local: false }

async function setup() {
  const clock = createManualClock()
  const store = createMemoryStore()
  for (const id of ['ann', 'bob']) await store.createUser({ id, username: id, usernameKey: id, displayName: id, passwordHash: 'hash', at: 1, mayBeFirst: true })
  const ann: Account = { id: 'ann', username: 'ann', displayName: 'Ann', role: 'admin' }
  const bob: Account = { id: 'bob', username: 'bob', displayName: 'Bob', role: 'member' }
  const warnings: string[] = []
  const passkeys = createPasskeys({ store, clock, log: { warn: message => void warnings.push(message) }, name: 'Parley' })
  const device = createSoftwareAuthenticator()

  async function register(account: Account = ann, on = device) {
    const { challenge } = await passkeys.registration(account, 'login', party)
    return passkeys.add(account, 'login', 'laptop', on.register({ challenge, origin: party.origin, rpId: party.id }))
  }
  async function challenge(browser = 'browser', at = party): Promise<string> {
    const options = await passkeys.challenge(browser, at, from)
    if (!options.ok) throw new Error(options.code)
    return options.value.challenge
  }
  return { clock, store, passkeys, device, warnings, ann, bob, register, challenge, asked: { origin: party.origin, rpId: party.id } }
}

describe('where passkeys are', () => {
  const of = (origin: string | undefined, host = 'chat.example', allowed: string[] = []) => relyingParty(origin, [host], allowed)

  test('[A12] the page\'s own origin, once it is one of ours', () => {
    expect(of('https://chat.example')).toEqual(party)
    expect(of('https://chat.example:8443', 'chat.example:8443')).toEqual({ origin: 'https://chat.example:8443', id: 'chat.example' })
    expect(of('http://localhost:3000', 'localhost:3000')).toEqual({ origin: 'http://localhost:3000', id: 'localhost' })
    expect(of('https://app.example', 'chat.example', ['https://app.example'])).toEqual({ origin: 'https://app.example', id: 'app.example' })
  })

  test.each([
    ['no origin', undefined, 'chat.example'], ['a foreign one', 'https://evil.example', 'chat.example'], ['a suffix', 'https://chat.example.evil.example', 'chat.example'],
    ['another port', 'https://chat.example:8443', 'chat.example'], ['null', 'null', 'chat.example'], ['plain http', 'http://chat.example', 'chat.example'],
    ['an address', 'https://192.0.2.1', '192.0.2.1'], ['an address of IPv6', 'https://[2001:db8::1]', '[2001:db8::1]'], ['loopback by address', 'http://127.0.0.1:3000', '127.0.0.1:3000'],
  ])('[A12] none: %s', (_what, origin, host) => expect(of(origin, host)).toBeUndefined())
})

describe('a passkey', () => {
  test('[A12] is made and logs in, without a name being given', async () => {
    const { store, passkeys, device, register, challenge, asked } = await setup()
    expect(await register()).toMatchObject({ ok: true, value: { id: device.id, user: 'ann', name: 'laptop', rpId: 'chat.example', transports: ['internal'] } })
    device.counter = 1
    expect(await passkeys.logIn('browser', device.sign({ ...asked, challenge: await challenge(), user: 'ann' }), from)).toMatchObject({ ok: true, value: { id: 'ann' } })
    expect((await store.passkeysOf('ann'))[0]).toMatchObject({ counter: 1, lastUsedAt: expect.any(Number) })
  })

  test('[A12] asks the browser for a discoverable one whose user is verified, and for no second one on a device', async () => {
    const { passkeys, device, ann, register } = await setup()
    await register()
    const options = await passkeys.registration(ann, 'login', party)
    expect(options).toMatchObject({ rp: { id: 'chat.example' }, attestation: 'none', authenticatorSelection: { residentKey: 'required', userVerification: 'required' }, excludeCredentials: [{ id: device.id }] })
    expect((await passkeys.registration(ann, 'login', { origin: 'https://b.example', id: 'b.example' })).excludeCredentials).toEqual([])
    const challenge = await passkeys.challenge('browser', party, from)
    expect(challenge).toMatchObject({ ok: true, value: { rpId: 'chat.example', userVerification: 'required' } })
    expect(challenge.ok && challenge.value.allowCredentials).toBeFalsy()
  })

  test('[A12] a signed challenge counts once, in time, and in the browser that asked for it', async () => {
    const { clock, passkeys, device, register, challenge, asked } = await setup()
    await register()
    const response = device.sign({ ...asked, challenge: await challenge() })
    expect(await passkeys.logIn('another browser', response, from)).toEqual({ ok: false, code: 'step_expired' })
    expect(await passkeys.logIn('', response, from)).toEqual({ ok: false, code: 'step_expired' })
    expect((await Promise.all([passkeys.logIn('browser', response, from), passkeys.logIn('browser', response, from)])).map(({ ok }) => ok)).toEqual([true, false])
    expect(await passkeys.logIn('browser', response, from)).toEqual({ ok: false, code: 'step_expired' })
    const late = device.sign({ ...asked, challenge: await challenge() })
    await clock.advance(timing.challenge)
    expect(await passkeys.logIn('browser', late, from)).toEqual({ ok: false, code: 'step_expired' })
    expect(await passkeys.logIn('browser', device.sign({ ...asked, challenge: 'bWFkZSB1cA' }), from)).toEqual({ ok: false, code: 'step_expired' })
  })

  test('[A12] what does not fit has one answer: origin, name, key, user, credential, no verification of the user', async () => {
    const { passkeys, device, bob, register, challenge, asked } = await setup()
    await register()
    const refused = { ok: false, code: 'passkey_refused' }
    const logIn = async (change: object, on = device) => passkeys.logIn('browser', on.sign({ ...asked, challenge: await challenge(), ...change }), from)
    expect(await logIn({ origin: 'https://evil.example' })).toEqual(refused)
    expect(await logIn({ rpId: 'evil.example' })).toEqual(refused)
    expect(await logIn({ user: 'bob' })).toEqual(refused)
    expect(await logIn({}, createSoftwareAuthenticator())).toEqual(refused)
    const forger = createSoftwareAuthenticator()
    forger.id = device.id
    expect(await logIn({}, forger)).toEqual(refused)
    device.verifiesUser = false
    expect(await logIn({})).toEqual(refused)
    expect(await register(bob)).toEqual(refused)
    device.verifiesUser = true
    // Taken already: a credential belongs to one user.
    expect(await register(bob)).toEqual(refused)
    expect(await logIn({})).toMatchObject({ ok: true })
  })

  test('[A12] counts only under the name for which it was made, also when a page elsewhere passes everything on', async () => {
    const { passkeys, device, register, challenge } = await setup()
    await register()
    const elsewhere = { origin: 'https://evil.example', id: 'evil.example' }
    const response = device.sign({ challenge: await challenge('browser', elsewhere), origin: elsewhere.origin, rpId: elsewhere.id })
    expect(await passkeys.logIn('browser', response, from)).toEqual({ ok: false, code: 'passkey_refused' })
  })

  test('[A12] a counter that goes back or stays is that of a copy', async () => {
    const { passkeys, device, warnings, register, challenge, asked } = await setup()
    await register()
    device.counter = 7
    expect((await passkeys.logIn('browser', device.sign({ ...asked, challenge: await challenge() }), from)).ok).toBe(true)
    for (const counter of [7, 6, 0]) {
      device.counter = counter
      expect(await passkeys.logIn('browser', device.sign({ ...asked, challenge: await challenge() }), from)).toEqual({ ok: false, code: 'passkey_refused' })
    }
    device.counter = 8
    const both = [device.sign({ ...asked, challenge: await challenge() }), device.sign({ ...asked, challenge: await challenge() })]
    expect((await Promise.all(both.map(response => passkeys.logIn('browser', response, from)))).filter(({ ok }) => ok)).toHaveLength(1)
    expect(warnings).toHaveLength(4)
  })

  test('[A12] a disabled user is told so only after the signature', async () => {
    const { store, passkeys, device, register, challenge, asked } = await setup()
    await register()
    await changeUser(store, 'ann', { disabled: true })
    expect(await passkeys.logIn('browser', device.sign({ ...asked, challenge: await challenge(), origin: 'https://evil.example' }), from)).toEqual({ ok: false, code: 'passkey_refused' })
    expect(await passkeys.logIn('browser', device.sign({ ...asked, challenge: await challenge() }), from)).toEqual({ ok: false, code: 'account_disabled' })
  })

  test('[A12] is registered by the log-in that began it, once, and a user has so many', async () => {
    const { passkeys, ann, bob, register } = await setup()
    const { challenge } = await passkeys.registration(ann, 'login', party)
    const response = createSoftwareAuthenticator().register({ challenge, origin: party.origin, rpId: party.id })
    expect(await passkeys.add(ann, 'another login', 'x', response)).toEqual({ ok: false, code: 'step_expired' })
    expect((await passkeys.add(ann, 'login', 'x', response)).ok).toBe(true)
    expect(await passkeys.add(ann, 'login', 'x', response)).toEqual({ ok: false, code: 'step_expired' })
    const { challenge: of } = await passkeys.registration(ann, 'login', party)
    expect(await passkeys.add(bob, 'login', 'x', createSoftwareAuthenticator().register({ challenge: of, origin: party.origin, rpId: party.id }))).toEqual({ ok: false, code: 'step_expired' })
    for (let count = 1; count < passkeyLimit; count++) expect((await register(ann, createSoftwareAuthenticator())).ok).toBe(true)
    expect(await register(ann, createSoftwareAuthenticator())).toEqual({ ok: false, code: 'passkey_limit' })
  })

  test('[A12] [X9] challenges and tries are limited by address', async () => {
    const { clock, passkeys } = await setup()
    const answers = []
    for (let count = 0; count < 61; count++) answers.push(await passkeys.challenge('browser', party, from))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(60)
    expect(answers.at(-1)).toMatchObject({ ok: false, code: 'too_many_requests', retryAfter: expect.any(Number) })
    expect((await passkeys.challenge('browser', party, { address: '203.0.113.9', local: false })).ok).toBe(true)
    await clock.advance(2_000)
    expect((await passkeys.challenge('browser', party, from)).ok).toBe(true)
  })
})
