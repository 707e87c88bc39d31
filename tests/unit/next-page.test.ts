import { expect, test } from 'vitest'
import { nextPage } from '#parley/shared/next-page.ts'

test.each(['/chat/c1', '/chat/c1?at=5', '/invite/abc', '/settings/account', '/admin/users'])('[A8] a log-in may lead to %s', page => expect(nextPage(page)).toBe(page))

test.each([
  undefined, ['/chat/c1'], '', '/', '//evil.example', '/\\evil.example', 'https://evil.example/chat/c1', '/chat//evil.example', '/chat/\\evil.example', '/login', '/api/auth/logout',
  '/chat/c1\r\nset-cookie: a=b', '/chat/a\\b', 'javascript:alert(1)', '/chat/ x', `/chat/${'x'.repeat(2_000)}`,
])('[A8] not to %j', page => expect(nextPage(page)).toBe('/chat'))
