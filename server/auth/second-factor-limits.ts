/** Numbers of second factors and passkeys, and why those (A11, A12). */

/** All in ms. */
export const timing = {
  /** RFC 6238's own; apps ignore another one. */
  codePeriod: 30_000,
  /** Between password and code: time to find the phone. */
  halfLogIn: 5 * 60_000,
  /** To scan a picture and type a code for the first time, perhaps after having installed an app. */
  enrolment: 15 * 60_000,
  /** To sign a challenge; the log-in page renews what it offers in a field before that. */
  challenge: 5 * 60_000,
  /** How young a log-in must be to stand for the password when something is added by which one can log in. */
  freshLogIn: 10 * 60_000,
} as const

/** Wrong codes after which one starts again with the password. */
export const triesPerLogIn = 5

/**
 * Of a million codes three count at a time: 288 guesses a day from one address hit one in 1,200, from many at once in 230 days. The one by
 * account is wide, so that who knows only the password cannot lock the owner out.
 */
export const codeGuesses = {
  both: { burst: 10, refill: 300_000 },
  account: { burst: 60, refill: 60_000 },
  network: { burst: 100, refill: 10_000 },
} as const

/** Of one user. */
export const passkeyLimit = 20
export const passkeyNameLength = 64
/** Longer ones are not made by any authenticator: WebAuthn allows 1,023 bytes. */
export const credentialIdLength = 1_364
