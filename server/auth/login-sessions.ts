import { randomBytes } from 'node:crypto'
import type { AccountStore, LoginRecord, UserState } from '#parley/server/auth/ports.ts'
import type { Clock } from '#parley/server/chat/ports.ts'
import { timing } from '#parley/shared/protocol/index.ts'

/** A login slides forward at most this often: often enough for a list of devices, rarely enough that reading costs no write. */
const touchEvery = 3_600_000

/** What is kept of a browser's description of itself; longer ones are made up by somebody. */
const userAgentLength = 256

export interface LoginSessions {
  /** @param from `shared`: at a shared computer, where a login is short (X33) */
  open(user: string, from: { userAgent: string, address: string, shared?: boolean }): Promise<LoginRecord>
  /**
   * The login of a cookie, slid forward when that is due (A5).
   * @returns undefined: unknown, revoked or expired; `slid` = the cookie's own end has to move too
   */
  resume(id: string): Promise<{ login: LoginRecord, user: UserState, slid: boolean } | undefined>
}

/** Whether a login is one of a shared computer (X33): all others end later than that, from their first moment on. */
export const isShort = ({ createdAt, expiresAt }: Pick<LoginRecord, 'createdAt' | 'expiresAt'>): boolean => expiresAt - createdAt <= timing.sharedLoginAge

/** Log-in sessions live in the store, because a sealed cookie alone cannot be taken back. */
export function createLoginSessions(store: AccountStore, clock: Clock): LoginSessions {
  return {
    async open(user, { userAgent, address, shared = false }) {
      const now = clock.now()
      const login: LoginRecord = {
        id: randomBytes(24).toString('base64url'),
        user,
        userAgent: userAgent.toWellFormed().slice(0, userAgentLength).toWellFormed(),
        address,
        createdAt: now,
        lastSeenAt: now,
        expiresAt: now + (shared ? timing.sharedLoginAge : timing.loginAge),
      }
      await store.createLogin(login)
      return login
    },
    async resume(id) {
      const now = clock.now()
      const found = await store.login(id, now)
      if (found === undefined) return undefined
      const { login, user } = found
      // A clock that was set back would otherwise stop all touching until it has caught up.
      if (Math.abs(now - login.lastSeenAt) < touchEvery) return { login, user, slid: false }
      const slides = !isShort(login)
      const touched = { ...login, lastSeenAt: now, expiresAt: slides ? now + timing.loginAge : login.expiresAt }
      await store.touchLogin(id, touched.lastSeenAt, touched.expiresAt)
      return { login: touched, user, slid: slides }
    },
  }
}
