import { setTimeout } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { closeCodes } from '#parley/shared/protocol/index.ts'
import { newUser } from '#parley/tests/helpers/http-client.ts'
import { sendText } from '#parley/tests/helpers/op-frames.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import { connect } from '#parley/tests/helpers/socket-client.ts'

/** The threads of the store in the built server: they end, or their disk is slow. */

describe('a thread of the store ends by itself', () => {
  test.each(['exit:1', 'throw:1'])('[S5, S3, L5] %s after a commit and before its answer: 4007 for its sender, 1012 for the others, exit code 1, and nothing is lost', async (failpoint) => {
    const first = await startServer({ build: 'test', env: { NUXT_RATE_LIMIT: '0' } })
    onTestFinished(() => first.dispose())
    const ann = await newUser(first.url, 'ann')
    const ben = await newUser(first.url, 'ben')
    const { id: room } = await ann.group('room', [ben.account.id])
    await first.kill('SIGTERM')

    const server = await first.restart({ env: { NUXT_RATE_LIMIT: '0', PARLEY_STORE_FAILPOINT: failpoint } })
    onTestFinished(() => server.dispose())
    const [writing, idle] = [await connect(ann), await connect(ben)]
    const ops = Array.from({ length: 10 }, (_, n) => sendText(room, `message ${n}`))
    writing.send(...ops)
    expect((await writing.closed).code).toBe(closeCodes.unavailable)
    expect((await idle.closed).code).toBe(closeCodes.restart)
    expect(await server.exited).toEqual({ code: 1, signal: null })
    expect(server.logs()).toMatch(/"level":"error".*stopping: the store has failed/)
    expect(writing.frames.filter(frame => frame.type === 'ack')).toEqual([])

    const again = await server.restart({ env: { NUXT_RATE_LIMIT: '0' } })
    onTestFinished(() => again.dispose())
    const back = await connect(ann)
    back.send(...ops)
    for (const [n, op] of ops.entries()) expect(await back.next('ack')).toMatchObject({ cid: op.cid, seq: n + 1, duplicate: true })
    await back.close()
  })
})

describe('a slow disk', () => {
  test('[L5, S2] what is under way at SIGTERM is committed and acknowledged before the process ends', async () => {
    const server = await startServer({ build: 'test', env: { NUXT_RATE_LIMIT: '0', PARLEY_STORE_FAILPOINT: 'slow=300' } })
    onTestFinished(() => server.dispose())
    const ann = await newUser(server.url, 'ann')
    const { id: room } = await ann.group('room')
    const socket = await connect(ann)
    const ops = Array.from({ length: 40 }, (_, n) => sendText(room, `message ${n}`))
    socket.send(...ops)
    await setTimeout(50)
    server.signal('SIGTERM')
    for (const [n, op] of ops.entries()) expect(await socket.next('ack')).toMatchObject({ cid: op.cid, seq: n + 1 })
    expect((await socket.closed).code).toBe(closeCodes.restart)
    expect(await server.exited).toEqual({ code: 0, signal: null })
  })

  test('[S4] while a commit takes long, reads and typing go on', async () => {
    const server = await startServer({ build: 'test', env: { NUXT_RATE_LIMIT: '0', PARLEY_STORE_FAILPOINT: 'slow=1500' } })
    onTestFinished(() => server.dispose())
    const ann = await newUser(server.url, 'ann')
    const { id: room } = await ann.group('room')
    const socket = await connect(ann)
    socket.send(sendText(room, 'slow'))
    const answered: string[] = []
    const history = ann.call('GET', `/api/conversations/${room}/messages`).then(({ status }) => answered.push(`history ${status}`))
    socket.send({ type: 'ping' })
    await socket.next('pong')
    answered.push('pong')
    await socket.next('ack')
    answered.push('ack')
    await history
    expect(answered.at(-1)).toBe('ack')
    expect(answered).toHaveLength(3)
    await socket.close()
  })
})
