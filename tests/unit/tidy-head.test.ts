import type { IncomingHttpHeaders } from 'node:http'
import { describe, expect, test } from 'vitest'
import { tidyHead } from '#parley/server/utils/tidy-head.ts'

function tidied(headers: IncomingHttpHeaders, url = '/'): { headers: IncomingHttpHeaders, url?: string } {
  const request = { headers: { ...headers }, url }
  tidyHead(request)
  return request
}

describe('[X40] heads of requests', () => {
  test.each(['chat.example.com', 'chat.example.com:8443', 'localhost:3000', '127.0.0.1', '[::1]:3000', 'my_host'])('%s is a host', host => expect(tidied({ host }).headers.host).toBe(host))

  test.each([undefined, '', '%40x', 'a b', 'x:99999', '127.0.0.1:3host: 127.0.0.1', 'a@b', 'a/b', 'é', '[::1', '1.2.3.4.5', '<script>'])('%s is none: nobody\'s name stands for it', host => expect(tidied({ host }).headers.host).toBe('host.invalid'))

  test('a forwarded host that is none is left out', () => {
    expect(tidied({ 'host': 'a', 'x-forwarded-host': 'chat.example.com, inner:80' }).headers['x-forwarded-host']).toBe('chat.example.com, inner:80')
    expect(tidied({ 'host': 'a', 'x-forwarded-host': 'chat.example.com, %40' }).headers['x-forwarded-host']).toBeUndefined()
  })

  test('nobody outside speaks for the framework', () => {
    expect(Object.keys(tidied({ 'host': 'a', 'x-nuxt-error': 'true', 'cookie': 'b' }).headers)).toEqual(['host', 'cookie'])
  })

  test.each([
    ['/api/me?x=1', '/api/me?x=1'], ['http://chat.example.com/api/me?x=1', '/api/me?x=1'], ['HTTPS://a', '/'], ['http://a:b:c/x', '/x'], ['*', '/'], ['evil.example:443', '/'], ['//evil.example//x', '/evil.example//x'],
  ])('%s asks for %s', (target, path) => expect(tidied({ host: 'a' }, target).url).toBe(path))
})
