import { describe, expect, it } from 'vitest'
import { settle } from '#parley/tests/helpers/manual-clock.ts'
import { ServerHarness } from '#parley/tests/helpers/server-harness.ts'

async function room() {
  const harness = new ServerHarness()
  await harness.users('ana', 'ben', 'cleo', 'dan')
  const [ana, ben] = [await harness.connect('ana'), await harness.connect('ben')]
  const group = await harness.group('ana', 'ben', 'cleo')
  for (const text of ['one', 'two']) await harness.chat.submit('ana', harness.op(group, text))
  await settle()
  for (const pair of [ana, ben]) pair.take()
  return { harness, group, ana, ben, reading: harness.chat.reading }
}

describe('[O7] pins', () => {
  it('reach every connection as an event in its place, and then in the summary', async () => {
    const { harness, group, ana, ben, reading } = await room()
    expect(await reading.pin('ana', group, 1, true)).toMatchObject({ ok: true, value: { pins: [{ seq: 1, by: 'ana' }] } })
    await harness.chat.submit('ana', harness.op(group, 'three'))
    await settle()
    for (const pair of [ana, ben]) {
      expect(pair.of('event').map(frame => [frame.event.seq, frame.event.kind])).toEqual([[3, 'meta'], [4, 'message']])
      expect(pair.of('event')[0]?.event).toMatchObject({ pin: { seq: 1, on: true }, sender: 'ana' })
    }
    expect(await reading.pins('ben', group)).toMatchObject({ ok: true, value: [{ seq: 1, message: { content: { text: 'one' } } }] })
    await harness.clock.advance(1_000)
    expect(ben.of('conversation').at(-1)?.conversation).toMatchObject({ pins: [{ seq: 1 }] })
  })

  it('what is not pinned is unpinned without an event', async () => {
    const { group, ana, reading } = await room()
    expect(await reading.pin('ana', group, 2, false)).toMatchObject({ ok: true })
    await settle()
    expect(ana.of('event')).toEqual([])
  })

  it('[S8] members who do not lead are refused, strangers are told nothing', async () => {
    const { group, reading } = await room()
    expect(await reading.pin('ben', group, 1, true)).toMatchObject({ ok: false, code: 'forbidden' })
    expect(await reading.pin('dan', group, 1, true)).toMatchObject({ ok: false, code: 'not_found' })
    expect(await reading.pin('ana', group, 9, true)).toMatchObject({ ok: false, code: 'bad_target' })
    expect(await reading.pins('dan', group)).toMatchObject({ ok: false, code: 'not_found' })
  })
})

describe('[U-R4] receipts of a message', () => {
  it('[§8] have the time at which the server heard of them, whichever conversation is open', async () => {
    const { harness, group, ben, reading } = await room()
    const start = harness.clock.now()
    await harness.clock.advance(500)
    ben.send({ type: 'delivered', conversation: group, seq: 2 })
    await settle()
    await harness.clock.advance(700)
    ben.send({ type: 'read', conversation: group, seq: 1 })
    await settle()
    expect(await reading.receipts('ana', group, 1)).toMatchObject({
      ok: true, value: { members: 2, delivered: 1, read: 1, people: [{ user: { id: 'ben' }, state: 'read', deliveredAt: start + 500, readAt: start + 1_200 }, { user: { id: 'cleo' }, state: 'none' }] },
    })
    expect(await reading.receipts('cleo', group, 2)).toMatchObject({ ok: true, value: { delivered: 1, read: 0 } })
  })

  it('[S8] are for members', async () => {
    const { group, reading } = await room()
    expect(await reading.receipts('dan', group, 1)).toMatchObject({ ok: false, code: 'not_found' })
    expect(await reading.receipts('ana', group, 7)).toMatchObject({ ok: false, code: 'not_found' })
  })
})

it('[U-S8] a date is answered for members', async () => {
  const { harness, group, reading } = await room()
  expect(await reading.messageAt('ben', group, 0)).toEqual({ ok: true, value: 1 })
  expect(await reading.messageAt('ben', group, harness.clock.now() + 1)).toEqual({ ok: true, value: 2 })
  expect(await reading.messageAt('dan', group, 0)).toMatchObject({ ok: false, code: 'not_found' })
})
