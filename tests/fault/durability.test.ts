import { describe, expect, onTestFinished, test } from 'vitest'
import type { AckFrame, ServerFrame } from '#parley/shared/protocol/index.ts'
import { newUser } from '#parley/tests/helpers/http-client.ts'
import type { HttpClient } from '#parley/tests/helpers/http-client.ts'
import { sendText } from '#parley/tests/helpers/op-frames.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'
import { connect, dial, refusedStatus } from '#parley/tests/helpers/socket-client.ts'

const fast = { NUXT_RATE_LIMIT: '0' }

async function running(env: Record<string, string> = {}): Promise<ServerProcess> {
  const server = await startServer({ env })
  onTestFinished(() => server.dispose())
  return server
}

interface History { messages: { seq: number, cid: string }[], head: number, before?: number }

/** The whole history, as another client would page it. */
async function wholeLog(client: HttpClient, conversation: string): Promise<History['messages']> {
  const all: History['messages'] = []
  let before: number | undefined
  do {
    const page = await client.need<History>('GET', `/api/conversations/${conversation}/messages?limit=200${before === undefined ? '' : `&before=${before}`}`)
    all.unshift(...page.messages)
    before = page.before
  } while (before !== undefined)
  return all
}

describe('SIGKILL in the middle of sending', () => {
  test.each([1, 5, 25, 90])('[S2, S3, F13] every op acknowledged before the kill at ack %i is there once, and a resend of all gives the same seqs', async (killAfter) => {
    const server = await running(fast)
    const ann = await newUser(server.url, 'ann')
    const { id: room } = await ann.group('room')
    const socket = await connect(ann)
    const ops = Array.from({ length: 200 }, (_, n) => sendText(room, `message ${n}`))
    for (let i = 0; i < ops.length; i += 20) socket.send(...ops.slice(i, i + 20))
    for (let n = 0; n < killAfter; n++) await socket.next('ack')
    await server.kill('SIGKILL')
    await socket.closed
    const acked = new Map(socket.frames.filter((frame: ServerFrame): frame is AckFrame => frame.type === 'ack').map(ack => [ack.cid, ack.seq]))
    expect(acked.size).toBeGreaterThanOrEqual(killAfter)

    const again = await server.restart()
    onTestFinished(() => again.dispose())
    const survived = new Map((await wholeLog(ann, room)).map(message => [message.cid, message.seq]))
    for (const [cid, seq] of acked) expect(survived.get(cid)).toBe(seq)

    const next = await connect(ann)
    for (let i = 0; i < ops.length; i += 20) next.send(...ops.slice(i, i + 20))
    const resent: AckFrame[] = []
    for (const op of ops) resent.push(await next.next('ack', ack => ack.cid === op.cid))
    expect(resent.map(ack => ack.duplicate === true)).toEqual(ops.map(op => survived.has(op.cid)))
    expect(resent.filter(ack => acked.has(ack.cid)).map(ack => ack.seq)).toEqual([...acked.values()])
    // [S6, O1] in the sender's order, without holes, each once.
    expect((await wholeLog(ann, room)).map(({ cid, seq }) => [cid, seq])).toEqual(ops.map((op, n) => [op.cid, resent[0]!.seq + n]))
    await next.close()
  })
})

describe('SIGTERM', () => {
  test('[L5] goaway and 1012 to everybody, ops in hand finished, new upgrades 503, exit 0 within 10 s', async () => {
    const server = await running(fast)
    const ann = await newUser(server.url, 'ann')
    const { id: room } = await ann.group('room')
    const sockets = [await connect(ann), await connect(ann), await connect(ann)]
    const tickets = await ann.ticket()
    const ops = Array.from({ length: 60 }, (_, n) => sendText(room, `last ${n}`))
    sockets[0]!.send(...ops)
    const started = Date.now()
    server.signal('SIGTERM')
    for (const socket of sockets) {
      const { after } = await socket.next('goaway')
      expect(after).toBeGreaterThanOrEqual(0)
      expect(after).toBeLessThanOrEqual(5_000)
      expect(await socket.closed).toEqual({ code: 1012, reason: 'restart' })
    }
    const late = dial(server.url, { token: tickets })
    expect([503, 0]).toContain(await Promise.race([refusedStatus(late), new Promise<number>(resolve => late.socket.once('error', () => resolve(0)))]))
    expect(await server.exited).toEqual({ code: 0, signal: null })
    expect(Date.now() - started).toBeLessThan(10_000)

    const acked = sockets[0]!.frames.filter(frame => frame.type === 'ack').map(ack => ack.cid)
    const again = await server.restart()
    onTestFinished(() => again.dispose())
    const log = (await wholeLog(ann, room)).map(message => message.cid)
    expect(log).toEqual(acked)
  })

  test('[L5] an idle server ends at once', async () => {
    const server = await running()
    const started = Date.now()
    expect(await server.kill('SIGINT')).toEqual({ code: 0, signal: null })
    expect(Date.now() - started).toBeLessThan(5_000)
  })

  test('[L5] a peer that does not answer the close cannot hold the process', async () => {
    const server = await running()
    const ann = await newUser(server.url, 'ann')
    const socket = await connect(ann)
    socket.socket.pause()
    const started = Date.now()
    expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null })
    expect(Date.now() - started).toBeLessThan(10_000)
    socket.socket.terminate()
  })
})

test('[S2] users, log-ins and conversations outlive a SIGKILL, and the secret with them', async () => {
  const server = await running()
  const ann = await newUser(server.url, 'ann')
  const { id: room } = await ann.group('room')
  await server.kill('SIGKILL')
  const again = await server.restart()
  onTestFinished(() => again.dispose())
  expect((await ann.call('GET', '/api/me')).status).toBe(200)
  expect((await ann.call('GET', `/api/conversations/${room}`)).status).toBe(200)
  expect(again.logs()).not.toContain('set-up code')
})
