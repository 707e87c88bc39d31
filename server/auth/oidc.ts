import {
  allowInsecureRequests, AuthorizationResponseError, authorizationCodeGrant, buildAuthorizationUrl, calculatePKCECodeChallenge, clockTolerance, ClientSecretBasic, ClientSecretPost,
  discovery, enableNonRepudiationChecks, fetchUserInfo, None, randomNonce, randomPKCECodeVerifier, randomState,
} from 'openid-client'
import type { ClientAuth, Configuration } from 'openid-client'
import type { ExternalProfile } from '#parley/server/auth/external-users.ts'
import type { ExternalIdentity } from '#parley/server/auth/ports.ts'
import type { Clock, Log } from '#parley/server/chat/ports.ts'

/** An OpenID provider that people may log in by (A8). */
export interface OidcSettings {
  issuer: string
  clientId: string
  /** Empty: a public client, by PKCE alone. */
  clientSecret: string
  scopes: string
  /** What the button says; empty: the host of the issuer. */
  label: string
  /** The claim that user names are made of. */
  usernameClaim: string
  /** Whether whoever logs in for the first time gets an account. */
  create: boolean
  /** Whether there is no other way in: passwords are for admins only. */
  only: boolean
}

/** What a browser keeps, sealed, from the moment it leaves for the provider until it is back. */
export interface OidcAttempt {
  state: string
  nonce: string
  /** PKCE: who brings the code back is who asked for it. */
  verifier: string
  redirectUri: string
  /** The page that was asked for. */
  next: string
}

/** `oidc_unavailable`: the provider cannot be reached; `oidc_refused`: it, or the person there, said no; `oidc_failed`: what came back does not fit. */
export type OidcFault = 'oidc_unavailable' | 'oidc_refused' | 'oidc_failed'

export type OidcResult<T> = { ok: true, value: T } | { ok: false, code: OidcFault }

export interface Oidc {
  begin(redirectUri: string, next: string): Promise<OidcResult<{ url: string, attempt: OidcAttempt }>>
  /** @param query what the provider sent the browser back with */
  finish(attempt: OidcAttempt, query: string): Promise<OidcResult<{ identity: ExternalIdentity, profile: ExternalProfile }>>
}

/** Ms after which the provider is asked again what it is like. */
const discoverEvery = 3_600_000
/** Seconds. */
const answerWithin = 8
/** Seconds by which clocks may differ (X10). */
const skew = 60

/** The way of the specification where the provider takes it. */
const withSecret = (secret: string): ClientAuth => (server, client, body, headers) => {
  const methods = server.token_endpoint_auth_methods_supported
  const authenticate = methods === undefined || methods.includes('client_secret_basic') ? ClientSecretBasic(secret) : ClientSecretPost(secret)
  authenticate(server, client, body, headers)
}

/** Finds the provider when it is first needed: one that is down must not keep this server from starting. */
function createProvider({ issuer, clientId, clientSecret }: OidcSettings, clock: Clock): () => Promise<Configuration> {
  let known: { configuration: Configuration, at: number } | undefined
  const insecure = issuer.startsWith('http:')
  return async () => {
    const now = clock.monotonic()
    if (known !== undefined && now - known.at < discoverEvery) return known.configuration
    try {
      const configuration = await discovery(
        new URL(issuer), clientId, { [clockTolerance]: skew }, clientSecret === '' ? None() : withSecret(clientSecret),
        { timeout: answerWithin, execute: [enableNonRepudiationChecks, ...(insecure ? [allowInsecureRequests] : [])] },
      )
      known = { configuration, at: now }
      return configuration
    }
    catch (error) {
      if (known === undefined) throw error
      known.at = now
      return known.configuration
    }
  }
}

const textOf = (value: unknown): string | undefined => typeof value === 'string' && value.trim() !== '' ? value : undefined

/** The library's own codes; its messages may quote what was received (A6). */
function codeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown, name?: unknown }
  return String(code ?? name ?? 'unknown')
}

const isUnreachable = (error: unknown): boolean => {
  const { cause } = error as { cause?: { name?: unknown } }
  return error instanceof TypeError || codeOf(error) === 'OAUTH_TIMEOUT' || cause instanceof TypeError || cause?.name === 'TimeoutError'
}

/** Log-in by one OpenID provider: authorization code with PKCE, state and nonce; the signature of the ID token is checked too (A8). */
export function createOidc(settings: OidcSettings, clock: Clock, log: Log): Oidc {
  const provider = createProvider(settings, clock)
  const { scopes, usernameClaim } = settings

  function failed(step: string, error: unknown): { ok: false, code: OidcFault } {
    log.warn('a log-in by the OpenID provider failed', { step, code: codeOf(error) })
    if (error instanceof AuthorizationResponseError) return { ok: false, code: 'oidc_refused' }
    return { ok: false, code: isUnreachable(error) ? 'oidc_unavailable' : 'oidc_failed' }
  }

  /** Some providers put names into the ID token, others only here; without either, a name is made up. */
  async function about(configuration: Configuration, token: string, subject: string): Promise<Record<string, unknown>> {
    if (configuration.serverMetadata().userinfo_endpoint === undefined) return {}
    return fetchUserInfo(configuration, token, subject).catch((error: unknown) => {
      log.warn('the OpenID provider tells nothing about a user', { code: codeOf(error) })
      return {}
    })
  }

  return {
    async begin(redirectUri, next) {
      try {
        const configuration = await provider()
        const attempt = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier(), redirectUri, next }
        const url = buildAuthorizationUrl(configuration, {
          redirect_uri: redirectUri, scope: scopes, state: attempt.state, nonce: attempt.nonce,
          code_challenge: await calculatePKCECodeChallenge(attempt.verifier), code_challenge_method: 'S256',
        })
        return { ok: true, value: { url: url.href, attempt } }
      }
      catch (error) {
        failed('begin', error)
        return { ok: false, code: 'oidc_unavailable' }
      }
    },
    async finish({ state, nonce, verifier, redirectUri }, query) {
      try {
        const configuration = await provider()
        const tokens = await authorizationCodeGrant(configuration, new URL(`${redirectUri}?${query}`), {
          expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true,
        })
        const claims = tokens.claims()!
        const named = textOf(claims[usernameClaim]) !== undefined && textOf(claims['name']) !== undefined
        const all = named ? claims : { ...await about(configuration, tokens.access_token, claims.sub), ...claims }
        const identity = { issuer: claims.iss, subject: claims.sub }
        return { ok: true, value: { identity, profile: { username: textOf(all[usernameClaim]), displayName: textOf(all['name']) } } }
      }
      catch (error) {
        return failed('finish', error)
      }
    },
  }
}
