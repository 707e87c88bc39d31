import { isLoopback } from '#parley/server/auth/client-address.ts'
import type { GuestSettings } from '#parley/server/auth/guests.ts'
import type { HostTokenSettings } from '#parley/server/auth/host-tokens.ts'
import type { OidcSettings } from '#parley/server/auth/oidc.ts'
import { SettingError } from '#parley/server/config/settings.ts'

export interface LogInSettings {
  oidc: OidcSettings | undefined
  host: HostTokenSettings | undefined
  guests: GuestSettings
}

/** HMAC keys shorter than the hash are weaker than it. */
const shortestSecret = 32

const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value)).trim()

function flag(raw: Record<string, unknown>, key: string, variable: string, otherwise: boolean): boolean {
  const value = text(raw[key])
  if (value === '') return otherwise
  if (value !== 'true' && value !== 'false') throw new SettingError(variable, `"${value}" is neither true nor false`)
  return value === 'true'
}

/** Secrets of the log-in go to this address: over https, or to this machine. */
function guarded(value: string, variable: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url?.protocol === 'https:') return value
  const host = url?.hostname.replace(/^\[|\]$/g, '') ?? ''
  if (url?.protocol === 'http:' && (host === 'localhost' || (host !== '' && isLoopback(host)))) return value
  throw new SettingError(variable, 'is no https address')
}

function oidc(raw: Record<string, unknown>): OidcSettings | undefined {
  const [issuer, clientId] = [text(raw['oidcIssuer']), text(raw['oidcClientId'])]
  const only = flag(raw, 'oidcOnly', 'NUXT_OIDC_ONLY', false)
  if (issuer === '' && clientId === '') {
    if (only) throw new SettingError('NUXT_OIDC_ONLY', 'needs NUXT_OIDC_ISSUER and NUXT_OIDC_CLIENT_ID')
    return undefined
  }
  if (issuer === '') throw new SettingError('NUXT_OIDC_ISSUER', 'is missing, though NUXT_OIDC_CLIENT_ID is set')
  if (clientId === '') throw new SettingError('NUXT_OIDC_CLIENT_ID', 'is missing, though NUXT_OIDC_ISSUER is set')
  const scopes = text(raw['oidcScopes']) || 'openid profile'
  if (!scopes.split(/\s+/).includes('openid')) throw new SettingError('NUXT_OIDC_SCOPES', 'must hold openid')
  return {
    issuer: guarded(issuer, 'NUXT_OIDC_ISSUER'), clientId, scopes, only,
    clientSecret: text(raw['oidcClientSecret']),
    label: text(raw['oidcLabel']),
    usernameClaim: text(raw['oidcUsernameClaim']) || 'preferred_username',
    create: flag(raw, 'oidcCreate', 'NUXT_OIDC_CREATE', true),
  }
}

function host(raw: Record<string, unknown>): HostTokenSettings | undefined {
  const [secret, jwks, issuer] = [text(raw['hostTokenSecret']), text(raw['hostTokenJwks']), text(raw['hostTokenIssuer'])]
  if (secret === '' && jwks === '') return undefined
  if (secret !== '' && jwks !== '') throw new SettingError('NUXT_HOST_TOKEN_JWKS', 'and NUXT_HOST_TOKEN_SECRET exclude each other: a token must not choose how it is checked')
  if (issuer === '') throw new SettingError('NUXT_HOST_TOKEN_ISSUER', 'is missing; it is what "iss" must be')
  const secrets = secret.split(',').map(item => item.trim()).filter(item => item !== '')
  if (secrets.some(item => Buffer.byteLength(item) < shortestSecret)) throw new SettingError('NUXT_HOST_TOKEN_SECRET', `must have at least ${shortestSecret} bytes`)
  return {
    keys: jwks === '' ? { kind: 'secrets', secrets } : { kind: 'jwks', url: guarded(jwks, 'NUXT_HOST_TOKEN_JWKS') },
    issuer, audience: text(raw['hostTokenAudience']) || 'parley',
  }
}

function guests(raw: Record<string, unknown>): GuestSettings {
  const value = text(raw['guests']) || 'off'
  const mode = (['off', 'invite', 'on'] as const).find(item => item === value)
  if (mode === undefined) throw new SettingError('NUXT_GUESTS', `"${value}" is none of off, invite, on`)
  const days = Number(text(raw['guestDays']) || 7)
  if (!Number.isSafeInteger(days) || days < 1) throw new SettingError('NUXT_GUEST_DAYS', `"${text(raw['guestDays'])}" is not a whole number of at least 1`)
  return { mode, absence: days * 86_400_000 }
}

/**
 * Settings of the ways in beside passwords. No value is repeated in a message (A6).
 *
 * @param raw Nuxt's runtime config
 * @throws SettingError
 */
export const readLogInSettings = (raw: Record<string, unknown>): LogInSettings => ({ oidc: oidc(raw), host: host(raw), guests: guests(raw) })
