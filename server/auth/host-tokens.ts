import { createHash } from 'node:crypto'
import { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify } from 'jose'
import type { JWTPayload, JWTVerifyOptions } from 'jose'
import type { ExternalUsers } from '#parley/server/auth/external-users.ts'
import type { UserState } from '#parley/server/auth/ports.ts'
import { cleanDisplayName } from '#parley/server/auth/usernames.ts'
import type { Clock, Log } from '#parley/server/chat/ports.ts'

/** By what tokens of a host application are checked (A10). */
export interface HostTokenSettings {
  /** Secrets that count now, as while one is replaced by another; or where the public keys are. */
  keys: { kind: 'secrets', secrets: readonly string[] } | { kind: 'jwks', url: string }
  issuer: string
  audience: string
}

/** Seconds by which clocks may differ (X10). */
const skew = 60
/** Seconds; what is signed for longer could not be taken back in time. */
const longestLife = 86_400
/** Far more than a token of ours holds. */
const mostCharacters = 4_096

/** A key of a JWKS is public: an algorithm that takes it for a secret would let anybody sign. */
const asymmetric = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519']

export interface HostTokens {
  /**
   * The user whom a token names, made when first seen, with the name that it says (A10). Undefined: the token does not count. `login`
   * stands for the token where a log-in is asked for.
   */
  find(token: string): Promise<{ user: UserState, login: string } | undefined>
}

export interface HostTokensOptions {
  settings: HostTokenSettings
  users: ExternalUsers
  clock: Pick<Clock, 'now'>
  log: Log
  /** Saves a name that the token says otherwise than the store; others are told. */
  rename(user: string, displayName: string): Promise<void>
}

const textOf = (value: unknown): string | undefined => typeof value === 'string' && value.trim() !== '' ? value : undefined

/** Tries key after key; what fits none is refused as by the last. */
async function verifyAny(token: string, secrets: readonly Uint8Array[], options: JWTVerifyOptions): Promise<JWTPayload> {
  for (const [index, secret] of secrets.entries()) {
    try {
      return (await jwtVerify(token, secret, options)).payload
    }
    catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed) || index === secrets.length - 1) throw error
    }
  }
  throw new errors.JWSSignatureVerificationFailed()
}

function createVerifier({ keys, issuer, audience }: HostTokenSettings, clock: Pick<Clock, 'now'>): (token: string) => Promise<JWTPayload> {
  const options = () => ({ issuer, audience, clockTolerance: skew, requiredClaims: ['exp', 'sub'], currentDate: new Date(clock.now()) })
  if (keys.kind === 'secrets') {
    const secrets = keys.secrets.map(secret => new TextEncoder().encode(secret))
    return token => verifyAny(token, secrets, { ...options(), algorithms: ['HS256'] })
  }
  // Asks again for keys when a token names one that is not known, which is how keys are replaced, but at most every 30 s.
  const set = createRemoteJWKSet(new URL(keys.url), { timeoutDuration: 5_000 })
  return async token => (await jwtVerify(token, set, { ...options(), algorithms: asymmetric })).payload
}

/** Tells log-ins by different tokens apart. */
const loginOf = (token: string): string => `host-${createHash('sha256').update(token).digest('base64url')}`

/** A JWT has three parts; an API token of ours has no dot. */
const looksLikeJwt = (token: string): boolean => token.length <= mostCharacters && token.split('.').length === 3

/** Tokens by which an application that embeds this chat vouches for its own users. */
export function createHostTokens({ settings, users, clock, log, rename }: HostTokensOptions): HostTokens {
  const verify = createVerifier(settings, clock)

  async function claimsOf(token: string): Promise<(JWTPayload & { sub: string }) | undefined> {
    if (!looksLikeJwt(token)) return undefined
    try {
      const payload = await verify(token)
      const { sub, exp = Infinity } = payload
      if (sub === undefined || sub === '' || sub.length > 255 || exp - clock.now() / 1000 > longestLife + skew) return undefined
      return { ...payload, sub }
    }
    catch (error) {
      // What is wrong with it tells only the log: nothing of the token, but which rule it broke, and by which algorithm.
      log.info('a token of the host application does not count', { code: error instanceof errors.JOSEError ? error.code : 'unreachable', algorithm: algorithmOf(token) })
      return undefined
    }
  }

  return {
    async find(token) {
      const claims = await claimsOf(token)
      if (claims === undefined) return undefined
      const identity = { issuer: settings.issuer, subject: claims.sub }
      const displayName = textOf(claims['name'])
      const profile = { username: textOf(claims['preferred_username']), displayName }
      if (await users.find(identity) === undefined && !(await users.enter(identity, profile, { create: true, from: { local: false } })).ok) return undefined
      const user = await users.find(identity)
      if (user === undefined) return undefined
      const name = displayName === undefined ? undefined : cleanDisplayName(displayName)
      if (name === undefined || name === user.displayName || user.disabled) return { user, login: loginOf(token) }
      await rename(user.id, name)
      return { user: { ...user, displayName: name }, login: loginOf(token) }
    },
  }
}

function algorithmOf(token: string): string {
  try {
    return String(decodeProtectedHeader(token).alg).slice(0, 16)
  }
  catch {
    return 'unknown'
  }
}
