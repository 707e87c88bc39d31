import { expect, it } from 'vitest'
import { settle } from '#parley/tests/helpers/manual-clock.ts'
import { ServerHarness } from '#parley/tests/helpers/server-harness.ts'

it('[A7] a connection that only reads: ops are refused in their place, positions and typing are ignored, events come', async () => {
  const harness = new ServerHarness()
  await harness.users('ana', 'ben')
  const group = await harness.group('ana', 'ben')
  const bot = await harness.connect('ana', { readOnly: true })
  const ben = await harness.connect('ben')
  bot.take()
  const [one, two] = [harness.op(group, 'one'), harness.op(group, 'two')]
  bot.sendBatch([one, { type: 'sync', ref: 's', conversation: group, after: 0 }, two, { type: 'typing', conversation: group, on: true }, { type: 'read', conversation: group, seq: 1 }])
  await settle()
  expect(bot.take().filter(({ type }) => type === 'reject' || type === 'ack')).toEqual([
    expect.objectContaining({ type: 'reject', cid: one.cid, code: 'forbidden' }), expect.objectContaining({ type: 'reject', cid: two.cid, code: 'forbidden' }),
  ])
  expect(await harness.texts(group)).toEqual([])
  await harness.ask(ben, harness.op(group, 'heard'))
  expect(bot.of('event').at(-1)).toMatchObject({ event: { seq: 1 } })
  bot.sendBatch([{ type: 'read', conversation: group, seq: 1 }, { type: 'typing', conversation: group, on: true }])
  await settle()
  expect(ben.take().filter(({ type }) => type === 'receipt' || type === 'typing')).toEqual([])
})
