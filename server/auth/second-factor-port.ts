import type { AuditEntry } from '#parley/server/chat/moderation-port.ts'
import type { UserState } from '#parley/server/auth/ports.ts'

/** A public key by which a user logs in; the private one never leaves their device (A12). */
export interface PasskeyRecord {
  /** The credential's id, base64url. */
  id: string
  user: string
  /** The name of the server for which it was made; it counts for no other. */
  rpId: string
  name: string
  /** COSE, base64url. */
  publicKey: string
  /** Of signatures made; stays 0 where devices share the key. */
  counter: number
  /** How a browser may reach the device. */
  transports: string[]
  createdAt: number
  lastUsedAt?: number
}

/** A secret that codes are made of (A11), sealed: the store never holds what a code could be made with. */
export interface TotpRecord {
  sealedSecret: string
  /** The newest period whose code was used: that and earlier ones count no more. */
  lastStep: number
  createdAt: number
  /** Recovery codes that are left. */
  codesLeft: number
}

/** What proves who somebody is beside a password (A11, A12). Implemented by the storage adapters. */
export interface SecondFactorStore {
  /** `limit` passkeys of one user at most, decided in the transaction. */
  addPasskey(passkey: PasskeyRecord, limit: number): Promise<'added' | 'taken' | 'full'>
  /** Oldest first. */
  passkeysOf(user: string): Promise<PasskeyRecord[]>
  /** A passkey and whose it is, in one read. */
  passkey(id: string): Promise<{ passkey: PasskeyRecord, user: UserState } | undefined>
  /** Notes a use. @returns false when the counter has not grown since: of two with one counter, one is a copy */
  usePasskey(id: string, counter: number, at: number): Promise<boolean>
  renamePasskey(user: string, id: string, name: string): Promise<boolean>
  removePasskey(user: string, id: string): Promise<boolean>

  totp(user: string): Promise<TotpRecord | undefined>
  /** Sets up codes; false when the user has them already or has gone. */
  addTotp(user: string, totp: Omit<TotpRecord, 'codesLeft'>, codeHashes: readonly string[]): Promise<boolean>
  /** Uses up the code of a period, once. @returns false when that or a later one was used */
  useTotpStep(user: string, step: number): Promise<boolean>
  /** Uses up a recovery code, once. */
  useRecoveryCode(user: string, hash: string): Promise<boolean>
  /** Replaces all recovery codes. @returns false without codes set up */
  replaceRecoveryCodes(user: string, hashes: readonly string[]): Promise<boolean>
  removeTotp(user: string): Promise<boolean>
  /** Takes away codes, recovery codes and passkeys of a user, for an admin. @returns whether there is such a user */
  clearSecondFactor(user: string, audit: AuditEntry): Promise<boolean>
}
