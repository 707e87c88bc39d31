import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { newUser } from '#parley/tests/helpers/http-client.ts'
import { clientFrame, RawSocket } from '#parley/tests/helpers/raw-socket.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'
import { connect, dial, refusedStatus } from '#parley/tests/helpers/socket-client.ts'

/** The WebSocket server that Nitro runs, as configured in server/plugins/websocket.ts. Fails when an update of Nitro or crossws undoes it. */

let server: ServerProcess
let ann: Awaited<ReturnType<typeof newUser>>

beforeAll(async () => {
  server = await startServer()
  ann = await newUser(server.url, 'ann')
})
afterAll(() => server.dispose())

/** An upgraded connection of ann's, bytes in the test's hand, welcomed. */
async function rawSocket(headers: Record<string, string> = {}): Promise<RawSocket> {
  const raw = new RawSocket(server.port)
  onTestFinished(() => raw.destroy())
  raw.upgrade(`/_ws?token=${await ann.ticket()}`, { Host: `127.0.0.1:${server.port}`, Origin: server.url, ...headers })
  expect(await raw.head()).toMatch(/^HTTP\/1\.1 101 /)
  expect(await raw.text()).toContain('"welcome"')
  return raw
}

describe('upgrades', () => {
  test.each(['/', '/chat', '/nope', '/api/me', '/_ws/more', '/_wsx', '/_nuxt/x'])('[T1, K1, X1] of %s answer 404', async (path) => {
    const socket = dial(server.url, { path, token: await ann.ticket() })
    expect(await refusedStatus(socket)).toBe(404)
  })

  test('[K7] a Host that is no host gets an answer, not a leaked socket', async () => {
    const raw = new RawSocket(server.port)
    raw.upgrade(`/_ws?token=${await ann.ticket()}`, { Host: 'a b', Origin: server.url })
    expect(await raw.head()).toMatch(/^HTTP\/1\.1 40[03] /)
    await raw.ended
  })

  test('[K7] a reset during the upgrade leaves the server alive', async () => {
    for (let i = 0; i < 20; i++) {
      const raw = new RawSocket(server.port)
      raw.upgrade('/_ws?token=x', { Host: `127.0.0.1:${server.port}` })
      raw.socket.resetAndDestroy()
      await raw.ended
    }
    expect((await ann.call('GET', '/api/health')).status).toBe(200)
  })

  test('[T2] parley.v1 is agreed where it is offered', async () => {
    const socket = await connect(ann, { protocols: ['parley.v9', 'parley.v1'] })
    expect(socket.socket.protocol).toBe('parley.v1')
    await socket.close()
  })

  test('[T2] a client that offers nothing gets v1, and no subprotocol', async () => {
    const socket = await connect(ann, { protocols: [] })
    expect(socket.socket.protocol).toBe('')
    await socket.close()
  })

  test('[T2] only unknown versions: the first is echoed, then 4505', async () => {
    const socket = dial(server.url, { token: await ann.ticket(), protocols: ['parley.v9', 'parley.v8'] })
    await socket.opened
    expect(socket.socket.protocol).toBe('parley.v9')
    expect(await socket.closed).toEqual({ code: 4505, reason: 'version' })
  })

  test('[X17] compression is not agreed though it is offered', async () => {
    const socket = await connect(ann)
    expect(socket.socket.extensions).toBe('')
    await socket.close()
  })
})

describe('messages', () => {
  test('[T4, X16, X39] 64 KiB pass, one byte more closes 1009', async () => {
    const full = await rawSocket()
    const text = `{"type":"ping","pad":"${'x'.repeat(64 * 1024 - 24)}"}`
    full.write(clientFrame(1, Buffer.from(text)))
    expect(Buffer.byteLength(text)).toBe(64 * 1024)
    expect(await full.text()).toContain('"pong"')
    const over = await rawSocket()
    over.write(clientFrame(1, Buffer.from(`${text} `)))
    expect(await over.closeCode()).toBe(1009)
  })

  test('[T4] an oversize message is refused by its announced length, before its bytes are there', async () => {
    const raw = await rawSocket()
    raw.write(clientFrame(1, Buffer.alloc(200 * 1024, 0x20)).subarray(0, 14))
    expect(await raw.closeCode()).toBe(1009)
  })

  test('[T4, X16, X39] 16 fragments pass, the 17th closes 1008', async () => {
    const text = Buffer.from('{"type":"ping"}')
    const parts = (count: number) => Array.from({ length: count }, (_, n) =>
      clientFrame(n === 0 ? 1 : 0, n === 0 ? text : Buffer.alloc(0), n === count - 1))
    const good = await rawSocket()
    good.write(Buffer.concat(parts(16)))
    expect(await good.text()).toContain('"pong"')
    const bad = await rawSocket()
    bad.write(Buffer.concat(parts(17)))
    expect(await bad.closeCode()).toBe(1008)
  })

  test('[F48] a message that never ends is closed, however tiny its fragments', async () => {
    const raw = await rawSocket()
    raw.write(clientFrame(1, Buffer.from(' '), false))
    raw.write(Buffer.concat(Array.from({ length: 10_000 }, () => clientFrame(0, Buffer.from(' '), false))))
    expect(await raw.closeCode()).toBe(1008)
  })

  test('[T3] binary closes 4500', async () => {
    const socket = await connect(ann)
    socket.socket.send(Buffer.from('{"type":"ping"}'))
    expect(await socket.closed).toEqual({ code: 4500, reason: 'bad_frames' })
    const empty = await connect(ann)
    empty.socket.send(Buffer.alloc(0))
    expect((await empty.closed).code).toBe(4500)
  })

  test('[T6] invalid UTF-8 closes 1007', async () => {
    const raw = await rawSocket()
    raw.write(clientFrame(1, Buffer.from([0x22, 0xFF, 0xFE, 0x22])))
    expect(await raw.closeCode()).toBe(1007)
  })

  test('[T6] unmasked frames and reserved bits close 1002', async () => {
    const raw = await rawSocket()
    raw.write(Buffer.from([0x81, 0x02, 0x7B, 0x7D]))
    expect(await raw.closeCode()).toBe(1002)
  })

  test('[K8] the server sends text, never binary', async () => {
    const socket = dial(server.url, { token: await ann.ticket() })
    const binary = await new Promise<boolean>(resolve => socket.socket.once('message', (_data, isBinary) => resolve(isBinary)))
    expect(binary).toBe(false)
    await socket.close()
  })

  test('[T7, X15] frames that come before the welcome wait for it, in order', async () => {
    const raw = new RawSocket(server.port)
    onTestFinished(() => raw.destroy())
    raw.upgrade(`/_ws?token=${await ann.ticket()}`, { Host: `127.0.0.1:${server.port}`, Origin: server.url })
    // In the same packet as the upgrade: before any hook has run.
    raw.write(Buffer.concat([1, 2, 3].map(ref => clientFrame(1, Buffer.from(`{"type":"sync","ref":${ref},"conversation":"none","after":0}`)))))
    expect(await raw.head()).toMatch(/^HTTP\/1\.1 101 /)
    const texts: string[] = []
    while (!texts.join().includes('"ref":3')) texts.push(await raw.text())
    const frames = texts.flatMap(text => [JSON.parse(text) as unknown].flat() as { type: string, ref?: number }[])
    expect(frames.map(({ type, ref }) => ref ?? type)).toEqual(['welcome', 1, 2, 3])
  })
})

test('the answers of the server hold no cookie that nobody asked for', async () => {
  const answers = await Promise.all(['/api/health', '/login', '/favicon.ico'].map(path => fetch(server.url + path)))
  expect(answers.flatMap(answer => answer.headers.getSetCookie()).filter(cookie => cookie.includes('session'))).toEqual([])
})
