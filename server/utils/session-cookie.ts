import { OpenedSeals } from '#parley/server/auth/opened-seals.ts'
import { clientOf, sourceOf } from '#parley/server/utils/client-facts.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'
import { timing } from '#parley/shared/protocol/index.ts'
import { isSharedDevice } from '#parley/shared/shared-device.ts'

const cookieName = 'parley-session'
const opened = new OpenedSeals()

/** Whether the browser says that it is a shared computer's (X33). */
export const fromSharedDevice = (event: RequestEvent): boolean => isSharedDevice(getRequestHeader(event, 'cookie') ?? '')

/** `Secure` only over https: with it always on, a log-in over plain http in a local network would silently not stick (X4). Without an age it ends with the browser (X33). */
const cookieOptions = (event: RequestEvent) =>
  ({ httpOnly: true, sameSite: 'lax', path: '/', secure: clientOf(event).secure, ...(fromSharedDevice(event) ? {} : { maxAge: timing.loginAge / 1000 }) }) as const

const sessionConfig = (event: RequestEvent) =>
  ({ name: cookieName, password: useParley().sessionPassword, sessionHeader: false, cookie: cookieOptions(event) }) as const

/** Whether a request brings our cookie, good or not. */
export const hasSessionCookie = (event: RequestEvent): boolean => (getCookie(event, cookieName) ?? '') !== ''

/**
 * The login id in the sealed cookie; all else about a login is in the store. Unsealed directly: `useSession` would set a new, empty
 * cookie on every request that brings none.
 */
export async function readLoginId(event: RequestEvent): Promise<string | undefined> {
  const sealed = getCookie(event, cookieName)
  if (sealed === undefined || sealed === '') return undefined
  return await opened.login(sealed, async () => {
    const session = await unsealSession(event, sessionConfig(event), sealed).catch(() => undefined)
    const login: unknown = session?.data?.['login']
    return typeof login === 'string' ? login : undefined
  })
}

/** Seals a login into the cookie, or moves the end of the cookie that is there (A5). */
export async function writeLoginId(event: RequestEvent, login: string): Promise<void> {
  if (!clientOf(event).secure && !sourceOf(event).local) useParley().notePlainHttp()
  const session = await useSession<{ login: string }>(event, sessionConfig(event))
  await session.update({ login })
}

/** Removes the cookie. */
export const clearLoginId = (event: RequestEvent): void => deleteCookie(event, cookieName, cookieOptions(event))
