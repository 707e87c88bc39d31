import { accountOf, type AccountResult, type RequestSource } from '#parley/server/auth/accounts.ts'
import { createBegun } from '#parley/server/auth/begun.ts'
import { networkOf } from '#parley/server/auth/client-address.ts'
import { createGuessLimits } from '#parley/server/auth/guess-limits.ts'
import { describeSecret, isOneTimeCode, makeCodeSecret, stepOfCode } from '#parley/server/auth/one-time-codes.ts'
import type { AccountStore } from '#parley/server/auth/ports.ts'
import { isRecoveryCode, makeRecoveryCodes, recoveryCodeHash } from '#parley/server/auth/recovery-codes.ts'
import type { SealedSecrets } from '#parley/server/auth/sealed-secrets.ts'
import { codeGuesses, timing, triesPerLogIn } from '#parley/server/auth/second-factor-limits.ts'
import type { TotpRecord } from '#parley/server/auth/second-factor-port.ts'
import type { Clock, Log } from '#parley/server/chat/ports.ts'
import type { Account } from '#parley/shared/model.ts'

/** What an authenticator app is given, once. */
export interface Enrolment { token: string, secret: string, uri: string }

/**
 * Codes of an authenticator app as the second step of a log-in by password (A11):
 *
 * password right ─► halfLogIn ─► finishLogIn: code of the app or recovery code ─► log-in
 */
export interface SecondFactor {
  /** After the right password. Undefined: this user has no second factor; else what names the half log-in. `bind` tells which browser it is. */
  halfLogIn(bind: () => string, user: string): Promise<string | undefined>
  /** `step_expired`: too old, another browser's or too many wrong codes; then the password is asked for again. */
  finishLogIn(browser: string, token: string, code: string, from: RequestSource): Promise<AccountResult<Account>>
  state(user: string): Promise<TotpRecord | undefined>
  /** A new secret, which counts only once a code of it has come back. `login`: where it was begun. `forbidden`: there is one already. */
  enrol(account: Account, login: string, issuer: string): Promise<AccountResult<Enrolment>>
  /** @returns the recovery codes, shown once */
  confirm(account: Account, login: string, token: string, code: string, from: RequestSource): Promise<AccountResult<string[]>>
  /** New recovery codes instead of the old ones. */
  renewCodes(user: string, code: string, from: RequestSource): Promise<AccountResult<string[]>>
  turnOff(user: string, code: string, from: RequestSource): Promise<AccountResult<void>>
}

export interface SecondFactorOptions {
  store: AccountStore
  sealed: SealedSecrets
  clock: Clock
  log: Pick<Log, 'error'>
}

const refuse = (code: 'code_wrong' | 'step_expired' | 'forbidden' | 'account_disabled') => ({ ok: false, code }) as const

/** Checks codes, each usable once; every guess counts, whatever it looks like. */
function createCodeCheck({ store, sealed, clock, log }: SecondFactorOptions) {
  const guesses = createGuessLimits(clock, codeGuesses)

  async function isRight(user: string, { sealedSecret }: TotpRecord, code: string): Promise<boolean> {
    if (isRecoveryCode(code)) return store.useRecoveryCode(user, recoveryCodeHash(code))
    if (!isOneTimeCode(code)) return false
    const secret = sealed.open(sealedSecret, user)
    // Only recovery codes and admins help then; whoever runs the server has to know.
    if (secret === undefined) log.error('a second factor cannot be read: the key in the data folder is not the one it was made with', { user })
    const step = secret && stepOfCode(secret, code, clock.now())
    return step !== undefined && store.useTotpStep(user, step)
  }

  /** `is`: the check itself; told apart from the counting, so that an enrolment is counted alike. */
  async function counted(user: string, from: RequestSource, is: () => Promise<boolean>): Promise<AccountResult<void>> {
    const network = networkOf(from.address)
    const retryAfter = guesses.take(user, network)
    if (retryAfter > 0) return { ok: false, code: 'too_many_requests', retryAfter }
    if (!await is()) return refuse('code_wrong')
    guesses.giveBack(user, network)
    return { ok: true, value: undefined }
  }

  return {
    counted,
    async check(user: string, code: string, from: RequestSource): Promise<AccountResult<void>> {
      const totp = await store.totp(user)
      return counted(user, from, async () => totp !== undefined && isRight(user, totp, code))
    },
  }
}

type CodeCheck = ReturnType<typeof createCodeCheck>

function createHalfLogIns({ store, clock }: SecondFactorOptions, { check }: CodeCheck): Pick<SecondFactor, 'halfLogIn' | 'finishLogIn'> {
  const halves = createBegun<{ user: string, tries: number }>(clock, timing.halfLogIn)
  return {
    async halfLogIn(bind, user) {
      return await store.totp(user) === undefined ? undefined : halves.begin(bind(), { user, tries: 0 })
    },
    async finishLogIn(browser, token, code, from) {
      const half = halves.find(browser, token)
      // Counted before the check, so that a volley of parallel tries is no more than that many.
      if (half === undefined || ++half.tries > triesPerLogIn) return refuse('step_expired')
      const checked = await check(half.user, code, from)
      if (!checked.ok) return checked
      if (halves.take(browser, token) === undefined) return refuse('step_expired')
      const record = await store.userById(half.user)
      if (record === undefined || record.disabled) return refuse('account_disabled')
      return { ok: true, value: accountOf(record) }
    },
  }
}

function createEnrolments({ store, sealed, clock }: SecondFactorOptions, { counted }: CodeCheck): Pick<SecondFactor, 'enrol' | 'confirm'> {
  const enrolments = createBegun<{ user: string, secret: Uint8Array }>(clock, timing.enrolment)
  return {
    async enrol({ id, username }, login, issuer) {
      if (await store.totp(id) !== undefined) return refuse('forbidden')
      const secret = makeCodeSecret()
      return { ok: true, value: { token: enrolments.begin(login, { user: id, secret }), ...describeSecret(secret, username, issuer) } }
    },
    async confirm({ id }, login, token, code, from) {
      const begun = enrolments.find(login, token)
      if (begun === undefined || begun.user !== id) return refuse('step_expired')
      const step = stepOfCode(begun.secret, code, clock.now())
      const checked = await counted(id, from, async () => step !== undefined)
      if (!checked.ok) return checked
      const codes = makeRecoveryCodes()
      const totp = { sealedSecret: sealed.seal(begun.secret, id), lastStep: step ?? 0, createdAt: clock.now() }
      if (enrolments.take(login, token) === undefined) return refuse('step_expired')
      return await store.addTotp(id, totp, codes.map(recoveryCodeHash)) ? { ok: true, value: codes } : refuse('forbidden')
    },
  }
}

export function createSecondFactor(options: SecondFactorOptions): SecondFactor {
  const { store } = options
  const codeCheck = createCodeCheck(options)
  return {
    ...createHalfLogIns(options, codeCheck),
    ...createEnrolments(options, codeCheck),
    state: user => store.totp(user),
    async renewCodes(user, code, from) {
      const checked = await codeCheck.check(user, code, from)
      if (!checked.ok) return checked
      const codes = makeRecoveryCodes()
      return await store.replaceRecoveryCodes(user, codes.map(recoveryCodeHash)) ? { ok: true, value: codes } : refuse('forbidden')
    },
    async turnOff(user, code, from) {
      const checked = await codeCheck.check(user, code, from)
      if (checked.ok) await store.removeTotp(user)
      return checked
    },
  }
}
