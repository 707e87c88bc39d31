import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

/** What a browser is given of the build, and for how long it may keep it. */

let server: ServerProcess
/** Paths of the scripts and styles that the log-in page names. */
let assets: string[]

beforeAll(async () => {
  server = await startServer()
  const page = await (await fetch(`${server.url}/login`)).text()
  assets = [...new Set(page.match(/\/_nuxt\/[\w.-]+\.(?:js|css)/g))]
})
afterAll(() => server.dispose())

const get = (path: string, headers: Record<string, string>) => fetch(server.url + path, { headers })

/** Below this, in bytes, a file gains nothing and has no compressed form. */
const worthIt = 1024

describe('assets of the build', () => {
  test.each([['br, gzip', 'br'], ['gzip', 'gzip']])('to who takes %s go as %s, made at the build', async (accepted, encoding) => {
    expect(assets.length).toBeGreaterThan(2)
    for (const path of assets) {
      const plain = await get(path, { 'accept-encoding': 'identity' })
      const text = await plain.text()
      expect(plain.headers.get('content-encoding')).toBeNull()
      const packed = await get(path, { 'accept-encoding': accepted })
      expect(await packed.text()).toBe(text)
      if (text.length < worthIt) continue
      expect([path, packed.headers.get('content-encoding'), packed.headers.get('vary')]).toEqual([path, encoding, 'Accept-Encoding'])
      expect(Number(packed.headers.get('content-length'))).toBeLessThan(text.length)
    }
  })

  test('are kept for ever, since their name is their content, and set no cookie', async () => {
    for (const path of assets) {
      const { status, headers } = await get(path, {})
      expect([status, headers.get('cache-control'), headers.getSetCookie()]).toEqual([200, 'public, max-age=31536000, immutable', []])
    }
  })

  test('have a tag, by which one that is asked for again is not sent again', async () => {
    const [path = ''] = assets
    const tag = (await get(path, { 'accept-encoding': 'br' })).headers.get('etag') ?? ''
    expect(tag).not.toBe('')
    expect((await get(path, { 'accept-encoding': 'br', 'if-none-match': tag })).status).toBe(304)
  })

  test('a name that is in no build is not kept', async () => {
    const { status, headers } = await get('/_nuxt/none.js', {})
    expect(status).toBe(404)
    expect(headers.get('cache-control') ?? '').not.toContain('immutable')
  })

  test('answers of the interface are not kept', async () => {
    expect((await get('/api/health', {})).headers.get('cache-control')).toBe('no-store')
  })
})
