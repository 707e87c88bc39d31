import { describe, expect, test } from 'vitest'
import { mayUse, rightFor } from '#parley/server/auth/rights.ts'
import type { Right } from '#parley/server/auth/rights.ts'
import type { ApiScope } from '#parley/shared/api-scopes.ts'
import { filesBelow } from '#parley/tests/helpers/source-tree.ts'

const account = { id: 'u 1', username: 'ann', displayName: 'Ann', role: 'admin' } as const
const allows = (scopes: readonly ApiScope[] | undefined, right: Right) => mayUse({ account, ...(scopes ? { scopes } : {}) }, right)

describe('[A7] scopes', () => {
  test.each([
    ['GET', '/api/me', 'read'],
    ['GET', '/api/conversations?limit=5', 'read'],
    ['HEAD', '/api/conversations/c1', 'read'],
    ['GET', '/api/conversations/c1/messages?before=5', 'read'],
    ['GET', '/api/conversations/c1/members', 'read'],
    ['GET', '/api/search?q=x', 'read'],
    ['GET', '/api/users?q=x', 'read'],
    ['GET', '/api/attachments/a1/preview', 'read'],
    ['GET', '/api/avatars/a1', 'read'],
    ['POST', '/api/ws/ticket', 'read'],
    ['GET', '/chat/c1', 'read'],
    ['POST', '/api/conversations/c1/messages', 'write'],
    ['POST', '/api/attachments?key=1', 'write'],
    ['PATCH', '/api/conversations/c1/me', 'write'],
    ['POST', '/api/conversations/c1/join', 'write'],
    ['POST', '/api/invites/t/accept', 'write'],
    ['POST', '/api/conversations', 'write'],
    ['POST', '/api/conversations/c1/messages/7/report', 'write'],
    ['DELETE', '/api/conversations/c1/members/u%201', 'write'],
    ['DELETE', '/api/conversations/c1/members/u2', 'manage'],
    ['PATCH', '/api/conversations/c1', 'manage'],
    ['DELETE', '/api/conversations/c1', 'manage'],
    ['POST', '/api/conversations/c1/members', 'manage'],
    ['POST', '/api/conversations/c1/invites', 'manage'],
    ['GET', '/api/conversations/c1/invites', 'manage'],
    ['GET', '/api/conversations/c1/bans', 'manage'],
    ['POST', '/api/conversations/c1/pins', 'manage'],
    ['POST', '/api/conversations/c1/something-new', 'manage'],
    ['PATCH', '/api/me', 'profile'],
    ['POST', '/api/me/blocks', 'profile'],
    ['POST', '/api/avatars', 'profile'],
    ['GET', '/api/admin/users', 'admin'],
    ['PATCH', '/api/admin/policies', 'admin'],
    ['POST', '/api/me/password', 'account'],
    ['POST', '/api/me/tokens', 'account'],
    ['GET', '/api/me/tokens', 'account'],
    ['POST', '/api/me/deletion', 'account'],
    ['GET', '/api/me/export', 'account'],
    ['GET', '/api/me/connections', 'account'],
    ['DELETE', '/api/me/logins/l1', 'account'],
    ['POST', '/api/me/account', 'account'],
    ['POST', '/api/something/new', 'account'],
    ['GET', '/api//conversations', 'account'],
    ['POST', '/api/conversations/c1/../../admin/users', 'manage'],
  ] as const)('%s %s takes %s', (method, path, right) => expect(rightFor(method, path, account.id)).toBe(right))

  test.each([
    [['read'], ['read']],
    [['write'], ['write']],
    [['manage'], ['manage', 'profile']],
    [['admin'], ['admin']],
    [['read', 'write'], ['read', 'write']],
    [['read', 'write', 'manage', 'admin'], ['read', 'write', 'manage', 'profile', 'admin']],
    [undefined, ['read', 'write', 'manage', 'profile', 'admin', 'account']],
  ] as const)('%j give %j and nothing else', (scopes, rights) => {
    const all = ['read', 'write', 'manage', 'profile', 'admin', 'account'] as const
    expect(all.filter(right => allows(scopes, right))).toEqual(rights)
  })

  test('no call of the administration is reached by another scope', () => {
    for (const path of filesBelow('server/api/admin')) {
      const [, route, method = 'get'] = /^server(\/api\/admin\/.*?)(?:\/index)?\.(get|post|patch|delete)\.ts$/.exec(path) ?? []
      expect([path, rightFor(method.toUpperCase(), route ?? '', account.id)]).toEqual([path, 'admin'])
    }
  })
})

describe('[A9] guests', () => {
  test('read, write and are who they are; they run nothing', () => {
    const guest = { account: { ...account, guest: true } } as const
    expect((['read', 'write', 'profile', 'account', 'manage', 'admin'] as const).filter(right => mayUse(guest, right))).toEqual(['read', 'write', 'profile', 'account'])
  })
})
