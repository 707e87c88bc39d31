import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { SocketClient } from '#parley/tests/helpers/socket-client.ts'
import { connect, dial } from '#parley/tests/helpers/socket-client.ts'
import { faultWorld } from '#parley/tests/helpers/fault-world.ts'
import type { HeadlessClient } from '#parley/tests/helpers/headless-client.ts'
import { sendText } from '#parley/tests/helpers/op-frames.ts'
import { RawSocket } from '#parley/tests/helpers/raw-socket.ts'

/** Too much of everything: readers that do not read, writers that do not stop, callers that all come at once or never finish. */

const percentile = (values: readonly number[], share: number) => [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))]!

/** Resident memory of a process, MiB. */
async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}

/** Most events in any stretch of `span` ms. */
function peak(times: readonly number[], span: number): number {
  const sorted = [...times].sort((a, b) => a - b)
  return Math.max(...sorted.map(start => sorted.filter(at => at >= start && at < start + span).length))
}

describe('load', () => {
  test('[F26] 500 clients lose the server for 10 s: at most a third of them come back in any one second, and all do', async () => {
    const factor = 3
    const world = await faultWorld(['ann', 'ben', 'cem', 'dia', 'eva'], { factor, env: { NUXT_MAX_CONNECTIONS_PER_USER: '500' } })
    const pages: HeadlessClient[] = []
    for (let n = 0; n < 500; n++) pages.push(await world.begin(n % 5))
    for (const page of pages) await page.untilOnline(60_000)
    await world.server.kill('SIGKILL')
    await setTimeout(10_000 / factor)
    const before = world.proxy.upgradeTimes.length
    await world.restart()
    await Promise.all(pages.map(page => page.untilOnline(60_000)))
    const times = world.proxy.upgradeTimes.slice(before)
    expect(times.length).toBeGreaterThanOrEqual(500)
    expect(peak(times, 1_000 / factor)).toBeLessThanOrEqual(500 / 3)
    expect((await world.users[0]!.call('GET', '/api/health')).status).toBe(200)
  }, 150_000)

  test('[F44, L3, X22] readers at 1 KB/s in a busy conversation: the server\'s memory is bounded, and a reader catches up', async () => {
    const world = await faultWorld(['ann', 'ben'], { env: { NUXT_MAX_CONNECTIONS_PER_USER: '100' } })
    const ben = await world.page(1)
    const slow: SocketClient[] = []
    for (let n = 0; n < 40; n++) {
      const socket = dial(world.proxy.url, { token: await world.users[1]!.ticket() })
      await socket.next('welcome')
      slow.push(socket)
    }
    for (const link of world.proxy.sockets) link.rate(1_024, 'down')
    const ann = await connect(world.users[0]!)
    const before = await memoryOf(world.server.pid)
    const text = 'y'.repeat(4_000)
    const ops = Array.from({ length: 3_000 }, (_none, n) => sendText(world.room, `${n} ${text}`))
    let most = 0
    for (let at = 0; at < ops.length; at += 10) {
      ann.send(...ops.slice(at, at + 10))
      await ann.next('ack', ack => ack.cid === ops[at + 9]!.cid)
      if (at % 100 === 0) most = Math.max(most, await memoryOf(world.server.pid))
    }
    // 40 readers that are each owed 12 MB would cost 480 MB.
    expect(most - before).toBeLessThan(160)
    for (const socket of slow) socket.socket.terminate()
    for (const link of world.proxy.sockets) link.rate(undefined, 'down')
    await ben.until(() => ben.rows(world.room).at(-1)?.seq === 3_000, 'the newest message', 60_000)
    const seqs = ben.rows(world.room).map(row => row.seq!)
    const { gapBefore } = ben.client.timeline(world.room)
    for (const [index, seq] of seqs.entries()) if (index > 0 && seq !== gapBefore) expect(seq).toBe(seqs[index - 1]! + 1)
    await ann.close()
  }, 120_000)

  test('[F45, L4] one client floods with 1,000 frames a second: it alone is slowed', async () => {
    const world = await faultWorld(['ann', 'ben', 'eve'], { env: { NUXT_RATE_LIMIT: '20' } })
    const ann = await world.page(0)
    const latencies = async (count: number) => {
      const all: number[] = []
      for (let n = 0; n < count; n++) {
        const sent = ann.rows(world.room).filter(row => row.mine).length
        ann.say(world.room, `calm ${n}`)
        all.push(await ann.until(() => ann.sendStates(world.room).filter(state => state === 'sent').length === sent + 1, '✓'))
        await setTimeout(70)
      }
      return all
    }
    const calm = await latencies(15)
    const eve = await connect(world.users[2]!)
    const flood = setInterval(() => eve.send(...Array.from({ length: 50 }, (_none, n) => sendText(world.room, `flood ${n}`))), 50)
    onTestFinished(() => clearInterval(flood))
    const started = performance.now()
    const during = await latencies(30)
    const seconds = (performance.now() - started) / 1_000
    clearInterval(flood)
    const taken = eve.frames.filter(frame => frame.type === 'ack').length
    expect(taken).toBeGreaterThan(50)
    expect(taken).toBeLessThanOrEqual(60 + 20 * seconds + 25)
    expect(percentile(during, 0.99)).toBeLessThan(percentile(calm, 0.99) + 150)
    eve.socket.terminate()
  })

  test('[F49, L1, X21, X23] 2,000 handshakes that never end are reaped within 10 s, silent sockets after 60 s, and real users connect', async () => {
    const factor = 5
    const world = await faultWorld(['ann'], { factor })
    const { port } = world.server
    const slow: RawSocket[] = []
    onTestFinished(() => slow.forEach(raw => raw.destroy()))
    // In batches below the listen backlog: what the kernel turns away never reaches the server.
    for (let batch = 0; batch < 20; batch++) {
      for (let n = 0; n < 100; n++) slow.push(new RawSocket(port))
      await setTimeout(25)
    }
    for (const [n, raw] of slow.entries()) raw.write(n % 2 === 0 ? 'GET /_ws?token=x HTTP/1.1\r\nHost: a\r\nX-Slow: ' : '')
    const silent = await Promise.all(Array.from({ length: 5 }, async () => {
      const socket = await connect(world.users[0]!)
      socket.answersPings = false
      return socket
    }))
    const begun = performance.now()
    const ann = await world.page()
    expect(performance.now() - begun).toBeLessThan(4_000)
    const drip = setInterval(() => slow.forEach((raw, n) => void (n % 2 === 0 && raw.write('x'))), 1_000)
    onTestFinished(() => clearInterval(drip))
    await Promise.all(slow.map(raw => raw.ended))
    expect(performance.now() - begun).toBeLessThan(12_000)
    for (const socket of silent) expect((await socket.closed).code).toBe(4004)
    expect(performance.now() - begun).toBeLessThan(70_000 / factor + 3_000)
    expect(ann.waits()).toEqual([])
    ann.say(world.room, 'still here')
    await ann.until(() => ann.allSent(world.room, 1), '✓')
    await world.judge()
  })
})
