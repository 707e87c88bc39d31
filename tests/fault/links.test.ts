import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { faultWorld } from '#parley/tests/helpers/fault-world.ts'
import type { FaultWorld } from '#parley/tests/helpers/fault-world.ts'
import { sendText } from '#parley/tests/helpers/op-frames.ts'
import { connect } from '#parley/tests/helpers/socket-client.ts'
import { typesIn } from '#parley/tests/helpers/websocket-frames.ts'

/** What networks do to a connection, on real sockets against the built server. Waiting times are divided by `factor`. */
const factor = 5

const numbered = (count: number, word = 'message') => Array.from({ length: count }, (_, n) => `${word} ${n + 1}`)

/** Messages of a user who is connected past the proxy. */
async function sayDirectly({ users, room }: FaultWorld, user: number, texts: readonly string[]): Promise<void> {
  const socket = await connect(users[user]!)
  const ops = texts.map(text => sendText(room, text))
  for (let at = 0; at < ops.length; at += 50) socket.send(...ops.slice(at, at + 50))
  for (const { cid } of ops) await socket.next('ack', ack => ack.cid === cid)
  await socket.close()
}

/** Presses of somebody without a page are not in the oracle's books: only rows and order are judged then. */
async function agrees(world: FaultWorld, ...pages: Awaited<ReturnType<FaultWorld['page']>>[]): Promise<void> {
  const { messages } = await world.users[0]!.need<{ messages: { content: { text: string } }[] }>('GET', `/api/conversations/${world.room}/messages?limit=200`)
  const log = messages.map(message => message.content.text)
  for (const page of pages) {
    await page.until(() => page.texts(world.room).length >= log.length, 'the whole log')
    expect(page.texts(world.room)).toEqual(log)
  }
}

describe('a link that breaks', () => {
  test('[F1] an idle connection is reset: noticed within 1 s, back within 2 s, nothing lost', async () => {
    const world = await faultWorld(['ann', 'ben'])
    const ann = await world.page(0)
    const ben = await world.page(1)
    ann.say(world.room, 'before')
    await ben.until(() => ben.texts(world.room).length === 1, 'the first message')
    world.proxy.drop()
    expect(await ben.until(() => !ben.online, 'the loss')).toBeLessThan(1_000)
    expect(await ben.untilOnline()).toBeLessThan(2_000)
    await ann.untilOnline()
    ann.say(world.room, 'after')
    await ben.until(() => ben.texts(world.room).length === 2, 'the second message')
    await world.judge()
  })

  test('[F2] a send never reaches the server: it waits with a clock, then ✓ once', async () => {
    const world = await faultWorld(['ann', 'ben'])
    const ann = await world.page(0)
    const ben = await world.page(1)
    world.proxy.sockets[0]!.hole('up')
    ann.say(world.room, 'into the hole')
    await ann.until(() => ann.sendStates(world.room)[0] === 'sending', 'the clock')
    world.proxy.drop()
    await ann.until(() => ann.allSent(world.room, 1), '✓')
    await ben.until(() => ben.texts(world.room).length === 1, 'the message')
    await world.judge()
  })

  test('[F3, S3] committed, but the link breaks on the way of the ack: ✓ once, and one copy for the others', async () => {
    const world = await faultWorld(['ann', 'ben'])
    const ann = await world.page(0)
    const ben = await world.page(1)
    world.proxy.sockets[0]!.frames('down', frame => typesIn(frame).includes('ack') ? 'cut' : typesIn(frame).includes('event') ? [] : [frame])
    ann.say(world.room, 'said once')
    await ben.until(() => ben.texts(world.room).length === 1, 'the message')
    await ann.until(() => ann.allSent(world.room, 1), '✓')
    expect(ann.waits().length).toBeGreaterThan(0)
    await world.judge()
    expect(ben.texts(world.room)).toEqual(['said once'])
  })

  test.each([1, 40, 200, 1_000])('[F3, R4] cut after %i bytes up, again and again: every message ✓ once, in order', async (bytes) => {
    const world = await faultWorld(['ann', 'ben'], { factor })
    const ann = await world.page(0)
    const ben = await world.page(1)
    let cuts = 4
    const cut = () => void (cuts-- > 0 && world.proxy.sockets.at(-1)?.cutAfter({ bytes }, 'up'))
    ann.client.on(change => void (change.type === 'connection' && change.state.name === 'online' && cut()))
    world.proxy.sockets[0]!.cutAfter({ bytes }, 'up')
    for (const text of numbered(30)) ann.say(world.room, text)
    await ann.until(() => ann.allSent(world.room, 30), '✓ everywhere')
    await ben.until(() => ben.texts(world.room).length === 30, 'all of them')
    expect(ben.texts(world.room)).toEqual(numbered(30))
    expect(cuts).toBeLessThan(4)
    await world.judge()
  })

  test('[F4] 200 messages arrive while away: all, in order, drawn in a burst, unread right', async () => {
    const world = await faultWorld(['ann', 'ben'])
    const ben = await world.page(1)
    await world.proxy.refuse()
    world.proxy.drop()
    await ben.until(() => !ben.online, 'the loss')
    await sayDirectly(world, 0, numbered(200))
    const drawn = ben.changes.length
    await world.proxy.heal()
    await ben.untilOnline()
    await agrees(world, ben)
    expect(ben.changes.slice(drawn).filter(({ change }) => change.type === 'timeline').length).toBeLessThanOrEqual(4)
    await ben.until(() => ben.client.conversation(world.room)?.unread === 200, '200 unread')
  })
})

describe('a link that says nothing', () => {
  test('[F7] half-open: known within 35 s of silence, by itself', async () => {
    const world = await faultWorld(['ann'], { factor })
    const ann = await world.page()
    world.proxy.sockets[0]!.hole('both')
    const noticed = await ann.until(() => !ann.online, 'the silence', 60_000 / factor)
    expect(noticed).toBeLessThan(36_000 / factor + 300)
    await ann.untilOnline()
    await world.judge()
  })

  test.each(['a send', 'a wake'])('[F7, F8] half-open: known within 3 s of %s, and the next socket is there within 1 s', async (what) => {
    const world = await faultWorld(['ann', 'ben'], { factor })
    const ann = await world.page(0)
    const ben = await world.page(1)
    world.proxy.sockets[0]!.hole('both')
    // What was under way has arrived, and 10 s of silence make a send suspicious (L2).
    await setTimeout(10_500 / factor)
    if (what === 'a wake') ann.environment.signal('visible')
    else ann.say(world.room, 'anybody there')
    expect(await ann.until(() => !ann.online, 'the silence', 10_000)).toBeLessThan(3_500 / factor + 300)
    expect(await ann.untilOnline()).toBeLessThan(1_000)
    if (what === 'a wake') ann.say(world.room, 'anybody there')
    await ben.until(() => ben.texts(world.room).length === 1, 'the message')
    await ann.until(() => ann.allSent(world.room, 1), '✓')
    await world.judge()
  })

  test('[F7] deaf in one direction only: an op without an answer for 3 s raises a probe, and the message arrives once', async () => {
    const world = await faultWorld(['ann', 'ben'], { factor })
    const ann = await world.page(0)
    const ben = await world.page(1)
    world.proxy.sockets[0]!.hole('down')
    ann.say(world.room, 'heard')
    await ben.until(() => ben.texts(world.room).length === 1, 'the message')
    await ann.until(() => ann.allSent(world.room, 1), '✓', 20_000)
    await world.judge()
  })

  test('[F9] a handshake that is never answered ends after 10 s, and the next is tried', async () => {
    const world = await faultWorld(['ann'], { factor })
    let silent = 2
    world.proxy.onSocket(link => void (silent-- > 0 && link.hole('both')))
    const ann = await world.begin()
    await ann.untilOnline(45_000)
    const waits = ann.waits()
    expect(waits.map(wait => wait.cause)).toEqual(['unreachable', 'unreachable'])
    expect(waits[0]!.at).toBeGreaterThan(9_500 / factor)
    expect(waits[0]!.at).toBeLessThan(12_000 / factor + 500)
    await world.judge()
  })

  test('[F10] 101 sent, but `welcome` never comes: given up after 5 s, and the next is tried', async () => {
    const world = await faultWorld(['ann'], { factor, env: { PARLEY_FAILPOINTS: 'before-heads:hang:1' } })
    const ann = await world.begin()
    await ann.untilOnline()
    const waits = ann.waits()
    expect(waits.map(wait => wait.cause)).toEqual(['unreachable'])
    expect(waits[0]!.at).toBeGreaterThan(4_500 / factor)
    expect(waits[0]!.at).toBeLessThan(6_000 / factor + 500)
    await world.judge()
  })
})

describe('what stands between', () => {
  test('[F22] `online` after an outage: an attempt within 1 s, however long the backoff had become', async () => {
    const world = await faultWorld(['ann'], { factor })
    const ann = await world.page()
    await world.proxy.refuse()
    world.proxy.drop()
    await ann.until(() => ann.waits().some(wait => wait.attempt >= 4), 'several failures', 30_000)
    await world.proxy.heal()
    await ann.until(() => ann.client.connection().name === 'waiting', 'waiting')
    const failures = ann.waits().length
    ann.environment.signal('online')
    expect(await ann.until(() => ann.client.connection().name !== 'waiting', 'an attempt')).toBeLessThan(1_000)
    await ann.untilOnline()
    expect(ann.waits().length).toBe(failures)
    await world.judge()
  })

  test.each([
    ['a page of a portal', { status: 200, body: '<html>Welcome to our hotel</html>' }],
    ['a redirect to a portal', { status: 302, headers: { location: 'http://portal.example/' } }],
    ['an error page', { status: 502, body: '<html>Bad gateway</html>' }],
  ])('[F23] the ticket call brings %s: unreachable, not signed out, and the outbox is kept', async (_name, fault) => {
    const world = await faultWorld(['ann', 'ben'], { factor })
    const ann = await world.page(0)
    const ben = await world.page(1)
    world.proxy.http(/ticket/, fault)
    world.proxy.sockets[0]!.drop()
    await ann.until(() => !ann.online, 'the loss')
    ann.say(world.room, 'kept')
    await ann.until(() => ann.waits().some(wait => wait.attempt >= 3), 'three failures')
    expect(new Set(ann.waits().slice(1).map(wait => wait.cause))).toEqual(new Set(['unreachable']))
    expect(ann.sendStates(world.room)).toEqual(['queued'])
    await world.proxy.heal()
    await ann.until(() => ann.allSent(world.room, 1), '✓')
    await ben.until(() => ben.texts(world.room).length === 1, 'the message')
    await world.judge()
  })

  test.each([429, 503])('[F24] %i with Retry-After on the ticket call is obeyed', async (status) => {
    const world = await faultWorld(['ann'])
    const ann = await world.page()
    world.proxy.http(/ticket/, { status, headers: { 'retry-after': '2' }, times: 1 })
    world.proxy.sockets[0]!.drop()
    await ann.until(() => ann.waits().some(wait => wait.cause === 'busy'), 'busy')
    ann.environment.signal('online')
    const back = await ann.untilOnline()
    expect(back).toBeGreaterThan(1_900)
    expect(back).toBeLessThan(3_600)
    await world.judge()
  })

  test.each([502, 503, 429])('[F24] %i to the upgrade, which a page sees as 1006 only: backoff, then back', async (status) => {
    const world = await faultWorld(['ann'], { factor })
    const ann = await world.page()
    world.proxy.http(/_ws/, { status, times: 4 })
    world.proxy.sockets[0]!.drop()
    await ann.until(() => !ann.online, 'the loss')
    await ann.untilOnline()
    expect(ann.waits().map(wait => wait.attempt)).toEqual([1, 2, 3, 4, 5])
    await world.judge()
  })

  test('[F25] accepted and ended after 1 s, for ever: the backoff keeps growing', async () => {
    const world = await faultWorld(['ann'], { factor })
    world.proxy.onSocket(link => void setTimeout(1_000 / factor).then(() => link.fin()))
    const ann = await world.begin()
    await ann.until(() => ann.waits().length >= 6, 'six ends', 40_000)
    expect(ann.waits().slice(0, 6).map(wait => wait.attempt)).toEqual([1, 2, 3, 4, 5, 6])
    expect(ann.states.filter(({ state }) => state.name === 'online').length).toBeGreaterThanOrEqual(5)
  })
})

describe('frames that come wrong', () => {
  test('[F27] every frame of the server twice: no double bubble', async () => {
    const world = await faultWorld(['ann', 'ben'])
    const ann = await world.page(0)
    const ben = await world.page(1)
    for (const link of world.proxy.sockets) link.duplicate()
    for (const text of numbered(20)) ann.say(world.room, text)
    await ann.until(() => ann.allSent(world.room, 20), '✓')
    await ben.until(() => ben.texts(world.room).length === 20, 'all of them')
    await world.judge()
  })

  test('[F28] frames swapped: held until the hole is filled, and shown in order', async () => {
    const world = await faultWorld(['ann', 'ben'])
    const ann = await world.page(0)
    const ben = await world.page(1)
    world.proxy.sockets[1]!.swap(4)
    for (const text of numbered(8)) {
      const count = ann.rows(world.room).length
      ann.say(world.room, text)
      await ann.until(() => ann.allSent(world.room, count + 1), '✓') // one push per message
    }
    await ben.until(() => ben.texts(world.room).length === 8, 'all of them')
    await world.judge()
  })

  test('[F28] one event lost on a live link: the next one shows the hole, and it is pulled', async () => {
    const world = await faultWorld(['ann', 'ben'])
    const ann = await world.page(0)
    const ben = await world.page(1)
    let lost = 0
    world.proxy.sockets[1]!.frames('down', frame => typesIn(frame).includes('event') && lost++ === 0 ? [] : [frame])
    for (const text of numbered(3)) {
      const count = ann.rows(world.room).length
      ann.say(world.room, text)
      await ann.until(() => ann.allSent(world.room, count + 1), '✓')
    }
    await ben.until(() => ben.texts(world.room).length === 3, 'all of them')
    expect(lost).toBeGreaterThanOrEqual(2)
    expect(ben.waits()).toEqual([])
    await world.judge()
  })
})
