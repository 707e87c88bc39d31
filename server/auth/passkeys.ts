import type { generateAuthenticationOptions, generateRegistrationOptions, VerifyAuthenticationResponseOpts, VerifyRegistrationResponseOpts } from '@simplewebauthn/server'
import { accountOf, type AccountResult, type RequestSource } from '#parley/server/auth/accounts.ts'
import { createBegun } from '#parley/server/auth/begun.ts'
import { networkOf } from '#parley/server/auth/client-address.ts'
import type { AccountStore } from '#parley/server/auth/ports.ts'
import { createRateLimiter } from '#parley/server/auth/rate-limiter.ts'
import type { RelyingParty } from '#parley/server/auth/relying-party.ts'
import { credentialIdLength, passkeyLimit, timing } from '#parley/server/auth/second-factor-limits.ts'
import type { PasskeyRecord } from '#parley/server/auth/second-factor-port.ts'
import type { Clock, Log } from '#parley/server/chat/ports.ts'
import type { Account } from '#parley/shared/model.ts'

/** What a browser answers with, as JSON. */
export type RegistrationResponse = VerifyRegistrationResponseOpts['response']
export type AuthenticationResponse = VerifyAuthenticationResponseOpts['response']
export type CreationOptions = Awaited<ReturnType<typeof generateRegistrationOptions>>
export type RequestOptions = Awaited<ReturnType<typeof generateAuthenticationOptions>>

/** Log-in by a key of the device, a phone or a security key, unlocked by its user (A12). */
export interface Passkeys {
  /** What the browser makes a new passkey by. `login`: where it was begun. */
  registration(account: Account, login: string, party: RelyingParty): Promise<CreationOptions>
  /** Keeps what the browser has made. */
  add(account: Account, login: string, name: string, response: RegistrationResponse): Promise<AccountResult<PasskeyRecord>>
  /** What the browser signs to log in. Names no user: which one it is, the passkey says. */
  challenge(browser: string, party: RelyingParty, from: RequestSource): Promise<AccountResult<RequestOptions>>
  /** Everything that does not fit has one answer, `passkey_refused`; a challenge that stands no longer `step_expired`. */
  logIn(browser: string, response: AuthenticationResponse, from: RequestSource): Promise<AccountResult<Account>>
}

export interface PasskeysOptions {
  store: AccountStore
  clock: Clock
  log: Pick<Log, 'warn'>
  /** What the server is called in the dialogs of browsers. */
  name: string
}

/** Two megabytes of memory that a server without passkeys need not have. */
const library = () => import('@simplewebauthn/server')

const refuse = (code: 'passkey_refused' | 'passkey_limit' | 'step_expired' | 'account_disabled' | 'bad_request') => ({ ok: false, code }) as const

/** The challenge that a browser says it has signed; what it says is checked with the signature. */
function challengeIn(clientDataJSON: string): string | undefined {
  try {
    const { challenge } = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString('utf8')) as { challenge?: unknown }
    return typeof challenge === 'string' ? challenge : undefined
  }
  catch {
    return undefined
  }
}

/** Every check of a response throws its own Error; to a caller all of them are one. */
async function verified<T>(check: () => Promise<{ verified: boolean, info: T | undefined }>): Promise<T | undefined> {
  try {
    const { verified: isVerified, info } = await check()
    return isVerified ? info : undefined
  }
  catch {
    return undefined
  }
}

const bytesOf = (challenge: string): Uint8Array => new Uint8Array(Buffer.from(challenge, 'base64url'))
const transportsOf = ({ transports }: PasskeyRecord) => transports as NonNullable<RegistrationResponse['response']['transports']>

function createRegistrations({ store, clock, name: serverName }: PasskeysOptions): Pick<Passkeys, 'registration' | 'add'> {
  const challenges = createBegun<{ user: string, party: RelyingParty }>(clock, timing.challenge)

  async function verify(response: RegistrationResponse, challenge: string, { origin, id }: RelyingParty) {
    const { verifyRegistrationResponse } = await library()
    return verified(async () => {
      const result = await verifyRegistrationResponse({ response, expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: id, requireUserVerification: true })
      return { verified: result.verified, info: result.registrationInfo?.credential }
    })
  }

  return {
    async registration({ id, username, displayName }, login, party) {
      const { generateRegistrationOptions: generate } = await library()
      const own = await store.passkeysOf(id)
      return generate({
        rpName: serverName, rpID: party.id, userName: username, userDisplayName: displayName, userID: new Uint8Array(Buffer.from(id)),
        challenge: bytesOf(challenges.begin(login, { user: id, party })), timeout: timing.challenge, attestationType: 'none',
        // A device that has one already makes no second one for the same user.
        excludeCredentials: own.filter(passkey => passkey.rpId === party.id).map(passkey => ({ id: passkey.id, transports: transportsOf(passkey) })),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      })
    },
    async add({ id: user }, login, name, response) {
      const challenge = challengeIn(response.response.clientDataJSON)
      const begun = challenge === undefined ? undefined : challenges.take(login, challenge)
      if (challenge === undefined || begun === undefined || begun.user !== user) return refuse('step_expired')
      const made = await verify(response, challenge, begun.party)
      if (made === undefined || made.id.length > credentialIdLength) return refuse('passkey_refused')
      const passkey: PasskeyRecord = {
        id: made.id, user, rpId: begun.party.id, name, publicKey: Buffer.from(made.publicKey).toString('base64url'), counter: made.counter,
        transports: made.transports ?? [], createdAt: clock.now(),
      }
      const outcome = await store.addPasskey(passkey, passkeyLimit)
      return outcome === 'added' ? { ok: true, value: passkey } : refuse(outcome === 'full' ? 'passkey_limit' : 'passkey_refused')
    },
  }
}

function createPasskeyLogIns({ store, clock, log }: PasskeysOptions): Pick<Passkeys, 'challenge' | 'logIn'> {
  const challenges = createBegun<RelyingParty>(clock, timing.challenge)
  /** By address: nothing can be guessed here, but each answer costs a signature to check, and each challenge memory. */
  const attempts = createRateLimiter(clock, { burst: 60, refill: 2_000 })

  async function verify(response: AuthenticationResponse, challenge: string, { origin, id }: RelyingParty, passkey: PasskeyRecord) {
    const { verifyAuthenticationResponse } = await library()
    return verified(async () => {
      const result = await verifyAuthenticationResponse({
        response, expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: id, requireUserVerification: true,
        // Counted by the store alone, in the transaction that notes the use: two devices with one key may come at once.
        credential: { id: passkey.id, publicKey: bytesOf(passkey.publicKey), counter: 0, transports: transportsOf(passkey) },
      })
      return { verified: result.verified, info: result.authenticationInfo.newCounter }
    })
  }

  return {
    async challenge(browser, party, from) {
      const retryAfter = attempts.take(networkOf(from.address))
      if (retryAfter > 0) return { ok: false, code: 'too_many_requests', retryAfter }
      const { generateAuthenticationOptions: generate } = await library()
      const value = await generate({
        rpID: party.id, challenge: bytesOf(challenges.begin(browser, party)), timeout: timing.challenge, userVerification: 'required',
      })
      return { ok: true, value }
    },
    async logIn(browser, response, from) {
      const retryAfter = attempts.take(networkOf(from.address))
      if (retryAfter > 0) return { ok: false, code: 'too_many_requests', retryAfter }
      const challenge = challengeIn(response.response.clientDataJSON)
      const party = challenge === undefined ? undefined : challenges.take(browser, challenge)
      if (challenge === undefined || party === undefined) return refuse('step_expired')
      const found = await store.passkey(response.id)
      const { userHandle } = response.response
      if (found === undefined || found.passkey.rpId !== party.id) return refuse('passkey_refused')
      if (userHandle !== undefined && Buffer.from(userHandle, 'base64url').toString() !== found.user.id) return refuse('passkey_refused')
      const counter = await verify(response, challenge, party, found.passkey)
      if (counter === undefined) return refuse('passkey_refused')
      if (!await store.usePasskey(found.passkey.id, counter, clock.now())) {
        log.warn('a passkey came with a counter that was used before: there may be a copy of it', { user: found.user.id })
        return refuse('passkey_refused')
      }
      return found.user.disabled ? refuse('account_disabled') : { ok: true, value: accountOf(found.user) }
    },
  }
}

export const createPasskeys = (options: PasskeysOptions): Passkeys => ({ ...createRegistrations(options), ...createPasskeyLogIns(options) })
