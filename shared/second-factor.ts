import type { Account } from '#parley/shared/model.ts'

/** Bodies of the calls about passkeys and second factors (PROTOCOL 3, 11), in which WebAuthn's own parts are as the browser takes and gives them. */

/** After the right password: logged in, or what names the half log-in that still lacks a code (A11). */
export type LogInResponse = { user: Account } | { secondFactor: { token: string } }

export interface PasskeySummary {
  /** The credential's id, base64url. */
  id: string
  name: string
  createdAt: number
  lastUsedAt?: number
  /** Made for another name of this server: it does not count where the caller is now. */
  elsewhere?: true
}
export interface PasskeyResponse { passkey: PasskeySummary }

/** How the caller proves who they are. */
export interface SecurityResponse {
  passkeys: PasskeySummary[]
  /** Whoever comes in by a provider or a host application has none, nor has a guest. */
  hasPassword: boolean
  /** Whether the caller is where there are passkeys: under a name, not a bare address. They take https too, which a page knows itself. */
  passkeysPossible: boolean
  /** Absent: the password alone. */
  codes?: { since: number, recoveryCodesLeft: number }
}

/** What an authenticator app is given, once. */
export interface EnrolmentResponse { token: string, secret: string, uri: string }
/** Shown once. */
export interface RecoveryCodesResponse { codes: string[] }
