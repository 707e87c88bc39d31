import { describe, expect, test } from 'vitest'
import { faultWorld } from '#parley/tests/helpers/fault-world.ts'
import { typesIn } from '#parley/tests/helpers/websocket-frames.ts'

/** What networks do to a connection, against the server that users run. */

const numbered = (count: number, word = 'message') => Array.from({ length: count }, (_, n) => `${word} ${n + 1}`)

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
    expect(ann.states.some(({ state }) => state.name === 'waiting')).toBe(true)
    await world.judge()
    expect(ben.texts(world.room)).toEqual(['said once'])
  })
})

