import type { Caller } from '#parley/server/auth/authenticator.ts'
import type { ApiScope } from '#parley/shared/api-scopes.ts'

/** What a call of the HTTP interface takes (A7, A9). `account` is all that no scope reaches. */
export type Right = ApiScope | 'profile' | 'account'

/** What each scope gives. Whoever may run conversations may also say who they are. */
const given: Readonly<Record<ApiScope, readonly Right[]>> = {
  read: ['read'],
  write: ['write'],
  manage: ['manage', 'profile'],
  admin: ['admin'],
}

const forGuests: ReadonlySet<Right> = new Set<Right>(['read', 'write', 'profile', 'account'])

/** The first line that fits counts; a call that none fits is `account`: what is new is closed to tokens with scopes until somebody opens it here. */
const lines: readonly (readonly [method: string, path: RegExp, right: Right])[] = [
  ['*', /^\/api\/admin\//, 'admin'],
  ['GET', /^\/api\/me\/?$/, 'read'],
  ['PATCH', /^\/api\/me\/?$/, 'profile'],
  ['*', /^\/api\/me\/(?:blocks|notifications)(?:\/|$)/, 'profile'],
  ['POST', /^\/api\/ws\/ticket\/?$/, 'read'],
  ['GET', /^\/api\/conversations\/[^/]+\/(?:bans|invites)(?:\/|$)/, 'manage'],
  ['GET', /^\/api\/(?:conversations|users|search|attachments|avatars|invites)(?:\/|$)/, 'read'],
  ['POST', /^\/api\/attachments\/?$/, 'write'],
  ['POST', /^\/api\/avatars\/?$/, 'profile'],
  ['POST', /^\/api\/invites\/[^/]+\/accept\/?$/, 'write'],
  // A group takes more, which is in the body: see `mayUse` in that handler.
  ['POST', /^\/api\/conversations\/?$/, 'write'],
  ['POST', /^\/api\/conversations\/[^/]+\/(?:join|messages|messages\/\d+\/report)\/?$/, 'write'],
  ['PATCH', /^\/api\/conversations\/[^/]+\/me\/?$/, 'write'],
  ['*', /^\/api\/conversations\/[^/]+(?:\/|$)/, 'manage'],
  // Pages: who looks at one in a browser.
  ['GET', /^(?!\/api\/)/, 'read'],
]

const isLeaving = (method: string, path: string, user: string): boolean =>
  method === 'DELETE' && /^\/api\/conversations\/[^/]+\/members\/[^/]+$/.test(path) && path.endsWith(`/${encodeURIComponent(user)}`)

/** @param path of the request, with or without its query */
export function rightFor(method: string, path: string, user: string): Right {
  const bare = path.split('?')[0] ?? ''
  if (isLeaving(method, bare, user)) return 'write'
  const asked = method === 'HEAD' ? 'GET' : method
  return lines.find(([of, shape]) => (of === '*' || of === asked) && shape.test(bare))?.[2] ?? 'account'
}

/** Whether a caller may do this at all; what they may do where is decided where it is done. */
export function mayUse({ scopes, account }: Pick<Caller, 'scopes' | 'account'>, right: Right): boolean {
  if (account.guest === true && !forGuests.has(right)) return false
  return scopes === undefined || scopes.some(scope => given[scope].includes(right))
}
