import { describe, expect, onTestFinished, test } from 'vitest'
import { newUser } from '#parley/tests/helpers/http-client.ts'
import { sendText } from '#parley/tests/helpers/op-frames.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerOptions } from '#parley/tests/helpers/server-process.ts'
import { connect, dial, refusedStatus } from '#parley/tests/helpers/socket-client.ts'

async function running(options: ServerOptions = {}) {
  const server = await startServer(options)
  onTestFinished(() => server.dispose())
  return server
}

const linesOf = (log: string): Record<string, unknown>[] => log.split('\n').filter(line => line.startsWith('{')).map(line => JSON.parse(line) as Record<string, unknown>)

describe('/metrics on the built server', () => {
  test('[X38] tells what happened: connections, ops, answers, closes, store, HTTP', async () => {
    const server = await running()
    const ann = await newUser(server.url, 'ann')
    const { id: room } = await ann.group('room')
    const socket = await connect(ann)
    const op = sendText(room, 'one')
    socket.send(op, op, { ...sendText(room, ''), content: { type: 'text', text: '' } })
    await socket.next('reject')
    await (await connect(ann)).close()
    await refusedStatus(dial(server.url, { token: await ann.ticket(), origin: 'https://evil.example' }))
    const read = async () => new Map([...(await (await fetch(`${server.url}/metrics`)).text()).matchAll(/^(\w[^ #]*) (\S+)$/gm)].map(([, name = '', value]) => [name, Number(value)]))
    await expect.poll(async () => (await read()).get('parley_sockets')).toBe(1)
    const series = await read()
    expect(Object.fromEntries(['parley_connections', 'parley_ops_total{type="send"}', 'parley_duplicate_ops_total', 'parley_rejects_total{code="empty"}', 'parley_connections_closed_total{by="peer",code="1000"}', 'parley_upgrades_refused_total{status="403"}', 'parley_unhandled_errors_total', 'parley_store_status{status="ok"}'].map(name => [name, series.get(name)]))).toEqual({
      'parley_connections': 1, 'parley_ops_total{type="send"}': 2, 'parley_duplicate_ops_total': 1, 'parley_rejects_total{code="empty"}': 1, 'parley_connections_closed_total{by="peer",code="1000"}': 1, 'parley_upgrades_refused_total{status="403"}': 1, 'parley_unhandled_errors_total': 0, 'parley_store_status{status="ok"}': 1,
    })
    for (const name of ['parley_ack_seconds_count', 'parley_fan_out_seconds_count', 'parley_store_commit_seconds_count', 'parley_store_writes_total', 'parley_store_reads_total', 'parley_store_read_seconds_total', 'parley_sent_bytes_total', 'parley_http_responses_total{status="201"}', 'nodejs_eventloop_lag_seconds', 'process_resident_memory_bytes']) {
      expect(series.get(name), name).toBeGreaterThanOrEqual(name === 'nodejs_eventloop_lag_seconds' ? 0 : 1e-6)
    }
  })
})

describe('the log of the built server', () => {
  test('[X37] is JSON line by line, whatever printed it, and holds nothing that anybody said', async () => {
    const server = await running({ env: { NUXT_LOG_LEVEL: 'debug' } })
    const planted = { text: 'planted-text-1', password: 'planted password 2', title: 'planted-title-3', file: 'planted-file-4.txt', query: 'planted-query-5', custom: 'planted-custom-6' }
    const ann = await newUser(server.url, 'ann')
    const { id: room } = await ann.group(planted.title)
    const socket = await connect(ann)
    socket.send(sendText(room, planted.text), { ...sendText(room, ''), content: { type: 'custom', name: 'x', data: planted.custom, text: planted.text } })
    await socket.next('ack')
    const form = new FormData()
    form.set('file', new Blob([planted.text]), planted.file)
    expect((await fetch(`${server.url}/api/attachments`, { method: 'POST', body: form, headers: { cookie: ann.cookie, origin: server.url } })).status).toBe(201)
    for (const path of [`/api/search?q=${planted.query}`, `/api/nothing?q=${planted.query}`, `/${planted.query}%ff?x=${planted.query}`, `/chat/${room}?q=${planted.query}`]) await fetch(server.url + path, { headers: { cookie: ann.cookie } })
    await ann.call('POST', '/api/auth/login', { username: 'ann', password: planted.password })
    await ann.call('POST', '/api/me/password', `{"current":"${planted.password}`)
    await ann.call('POST', `/api/conversations/${room}/messages`, `${planted.text} is no JSON`)
    await socket.close()
    await server.kill('SIGTERM')
    const log = server.logs()
    for (const line of log.split('\n')) expect(line === '' || line.startsWith('Parley has no users yet.') || line.startsWith('{'), line).toBe(true)
    const lines = linesOf(log)
    for (const line of lines) expect(line).toMatchObject({ level: expect.stringMatching(/^(debug|info|warn)$/), time: expect.any(String), msg: expect.any(String) })
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'connection ended', user: ann.account.id, by: 'peer', code: 1000, seconds: expect.any(Number), bytes: expect.any(Number) }))
    for (const secret of [...Object.values(planted), ann.cookie.split('=')[1]!]) expect(log).not.toContain(secret)
  })

  test('a reader that goes away takes nothing with it', async () => {
    const server = await running()
    const ann = await newUser(server.url, 'ann')
    server.closeOutput()
    for (let n = 0; n < 3; n++) await (await connect(ann)).close()
    expect((await ann.call('GET', '/api/me')).status).toBe(200)
    expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null })
  })
})

describe('health and readiness', () => {
  test('[L5] while it drains it is alive and not ready, takes no writes, and still answers reads', async () => {
    const server = await running()
    const ann = await newUser(server.url, 'ann')
    const socket = await connect(ann)
    expect([(await ann.call('GET', '/api/health')).status, (await ann.call('GET', '/api/ready')).status]).toEqual([200, 200])
    // Does not answer the close, so that the drain takes its time.
    socket.socket.pause()
    server.signal('SIGTERM')
    await expect.poll(async () => (await ann.call('GET', '/api/ready')).status).toBe(503)
    const [ready, health, read, write] = await Promise.all([ann.call('GET', '/api/ready'), ann.call('GET', '/api/health'), ann.call('GET', '/api/me'), ann.call('POST', '/api/ws/ticket')])
    expect([ready.status, health.status, read.status, write.status]).toEqual([503, 200, 200, 503])
    expect(ready.body.data?.code).toBe('store_unavailable')
    expect(write.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(await server.exited).toEqual({ code: 0, signal: null })
    socket.socket.terminate()
  })

  test('[S4] while the disk is full it is alive and not ready, and says so in its figures', async () => {
    const server = await running({ build: 'test' })
    const ann = await newUser(server.url, 'ann')
    expect((await ann.call('GET', '/api/ready')).status).toBe(200)
    server.signal('SIGUSR2')
    await expect.poll(async () => (await ann.call('GET', '/api/ready')).status).toBe(503)
    expect((await ann.call('GET', '/api/health')).status).toBe(200)
    server.signal('SIGUSR2')
    await expect.poll(async () => (await ann.call('GET', '/api/ready')).status).toBe(200)
  })
})
