import { describe, expect, it } from 'vitest'
import { settle } from '#parley/tests/helpers/manual-clock.ts'
import { ServerHarness } from '#parley/tests/helpers/server-harness.ts'

async function room() {
  const harness = new ServerHarness()
  await harness.users('ana', 'ben', 'cleo', 'dan')
  return { harness, group: await harness.group('ana', 'ben') }
}

const invite = { id: 'i', hash: 'secret', creator: 'ana', registers: false, createdAt: 0 }

describe('joining by oneself', () => {
  it('[O2, O6] by an invite: the newcomer gets the conversation, everyone its event, and what follows goes to both', async () => {
    const { harness, group } = await room()
    const [ana, cleo] = [await harness.connect('ana'), await harness.connect('cleo')]
    await harness.store.createInvite({ ...invite, conversation: group })
    expect(await harness.chat.join('cleo', group, 'secret')).toMatchObject({ ok: true, value: { id: group, role: 'member', memberCount: 3 } })
    await harness.chat.submit('ana', harness.op(group, 'welcome'))
    await settle()
    expect(cleo.of('conversation')[0]?.conversation).toMatchObject({ id: group })
    expect(ana.of('event').map(({ event }) => event.kind)).toEqual(['member', 'message'])
    expect(cleo.of('event').map(({ event }) => event.kind)).toEqual(['member', 'message'])
  })

  it('[S8] without a right to it, the answer is that there is none; a member is let in again without an event', async () => {
    const { harness, group } = await room()
    expect(await harness.chat.join('cleo', group)).toMatchObject({ ok: false, code: 'not_found' })
    expect(await harness.chat.join('cleo', 'nowhere')).toMatchObject({ ok: false, code: 'not_found' })
    expect(await harness.chat.join('ben', group)).toMatchObject({ ok: true, value: { head: 0 } })
  })

  it('two tabs that accept at once both come in, by one event', async () => {
    const { harness, group } = await room()
    await harness.store.createInvite({ ...invite, conversation: group, maxUses: 1 })
    const joined = await Promise.all([1, 2].map(() => harness.chat.join('dan', group, 'secret')))
    expect(joined).toMatchObject([{ ok: true }, { ok: true }])
    expect(joined[0]).toMatchObject({ value: { head: 1 } })
  })

  it('a public conversation needs no invite; only its owner and admins make it public', async () => {
    const { harness, group } = await room()
    expect(await harness.chat.changeConversation('ben', group, { public: true })).toMatchObject({ ok: false, code: 'forbidden' })
    expect(await harness.chat.changeConversation('ana', group, { public: true })).toMatchObject({ ok: true, value: { public: true } })
    expect(await harness.chat.join('dan', group)).toMatchObject({ ok: true })
  })
})
