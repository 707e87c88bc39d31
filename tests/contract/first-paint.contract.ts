import { describe, expect, it } from 'vitest'
import type { FirstPaintView } from '#parley/shared/first-paint.ts'
import { createWorld, type OpenStore, type World } from '#parley/tests/contract/world.ts'

const read = async (world: World, user: string, at: { conversation?: string, around?: number } = {}, sizes = { conversations: 3, messages: 4 }): Promise<FirstPaintView | undefined> => {
  const json = await world.store.firstPaint({ user, ...at, ...sizes })
  return json === undefined ? undefined : JSON.parse(json) as FirstPaintView
}

const texts = (view: FirstPaintView | undefined) => view?.page?.messages.map(({ content }) => content?.text)

/** The one read behind a page that the server renders. */
export function firstPaintContract(open: OpenStore): void {
  describe('first paint', () => {
    it('is the top of the list and the last messages, each as the list and the history give them (Y3)', async () => {
      const world = await createWorld(open)
      await world.say('room', 'alice', 'one')
      for (let n = 2; n <= 6; n++) await world.say('room', 'bob', `${n}`)
      const view = await read(world, 'alice', { conversation: 'room' })
      expect(texts(view)).toEqual(['3', '4', '5', '6'])
      expect(view?.page).toEqual(JSON.parse(await world.store.history({ conversation: 'room', reader: 'alice', limit: 4 }) ?? 'null'))
      expect(view?.conversations).toEqual(await world.store.summaries('alice', 'room'))
    })

    it('shows the messages around the one that is asked for', async () => {
      const world = await createWorld(open)
      for (let n = 1; n <= 9; n++) await world.say('room', 'bob', `${n}`)
      const view = await read(world, 'alice', { conversation: 'room', around: 4 })
      expect(texts(view)).toContain('4')
      expect(view?.page).toEqual(JSON.parse(await world.store.history({ conversation: 'room', reader: 'alice', limit: 4, around: 4 }) ?? 'null'))
    })

    it('[S8] gives a stranger nothing, of a conversation that exists or not', async () => {
      const world = await createWorld(open)
      await world.say('room', 'alice', 'secret')
      expect(await read(world, 'dave', { conversation: 'room' })).toBeUndefined()
      expect(await read(world, 'alice', { conversation: 'nowhere' })).toBeUndefined()
      expect(await read(world, 'dave')).toEqual({ conversations: [], users: [] })
    })

    it('(U-C1) begins as the list does: pinned, then the latest; the opened one is among it however old, and what is hidden comes last', async () => {
      const world = await createWorld(open)
      for (const id of ['a', 'b', 'c', 'd']) {
        await world.conversation(id, ['alice', 'bob'])
        await world.say(id, 'bob', `in ${id}`)
      }
      await world.say('b', 'bob', 'again')
      await world.store.saveMemberSettings('a', 'alice', { pinned: true })
      await world.store.saveMemberSettings('d', 'alice', { hidden: true })
      const ids = async (at: { conversation?: string }, conversations: number) => (await read(world, 'alice', at, { conversations, messages: 1 }))?.conversations.map(({ id }) => id)
      expect(await ids({}, 3)).toEqual(['a', 'b', 'c'])
      expect(await ids({ conversation: 'd' }, 2)).toEqual(['d', 'a'])
      expect((await ids({}, 9))?.at(-1)).toBe('d')
    })

    it('names everyone whom it shows, members or not, and cuts the members of what is not opened', async () => {
      const world = await createWorld(open)
      await world.say('room', 'carol', 'last')
      const list = await read(world, 'alice')
      expect(list?.conversations[0]?.members).toHaveLength(2)
      const known = new Set([...list?.conversations.flatMap(({ members }) => members.map(({ user }) => user.id)) ?? [], ...list?.users.map(({ id }) => id) ?? []])
      expect(known).toContain('carol')
    })
  })
}
