import { Secret, TOTP } from 'otpauth'
import { timing } from '#parley/server/auth/second-factor-limits.ts'

/** Codes of an authenticator app (RFC 6238, A11): SHA-1, six digits, 30 s, as all apps understand them. */

const period = timing.codePeriod / 1000

/** 160 bits, as RFC 4226 recommends. */
export const makeCodeSecret = (): Uint8Array => new Uint8Array(new Secret({ size: 20 }).bytes)

const generatorOf = (secret: Uint8Array, label = '', issuer = ''): TOTP =>
  new TOTP({ secret: new Secret({ buffer: new Uint8Array(secret).buffer }), label, issuer, algorithm: 'SHA1', digits: 6, period })

/** The secret as people type it, and as apps scan it (`otpauth://`). */
export function describeSecret(secret: Uint8Array, account: string, issuer: string): { secret: string, uri: string } {
  const generator = generatorOf(secret, account, issuer)
  return { secret: generator.secret.base32, uri: generator.toString() }
}

/** A code without what people put in for reading. */
const digitsOf = (text: string): string => text.replace(/[\s-]/g, '')

/** Whether a text could be a code of an app. */
export const isOneTimeCode = (text: string): boolean => /^\d{6}$/.test(digitsOf(text))

/**
 * The period whose code this is, one before and after now included: clocks of phones differ, and people type slowly.
 *
 * @returns undefined when it is none of the three
 */
export function stepOfCode(secret: Uint8Array, code: string, now: number): number | undefined {
  const delta = generatorOf(secret).validate({ token: digitsOf(code), timestamp: now, window: 1 })
  return delta === null ? undefined : Math.floor(now / timing.codePeriod) + delta
}
