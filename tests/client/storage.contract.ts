import { expect, it } from 'vitest'
import type { ClientStorage } from '#parley/client/environment.ts'

/** What every ClientStorage must do; run over each of them. `open` gives another view of the same disk, as another tab would have. */
export function storageContract(open: () => ClientStorage): void {
  const op = (cid: string, account = 'me') => ({ account, cid, conversation: 'c', op: { type: 'send' as const, content: { type: 'text', text: cid } }, madeAt: 1 })

  it('[R4] gives ops an order that only grows, also when earlier ones are gone', async () => {
    const storage = open()
    const first = await storage.putOp(op('b'))
    const second = await storage.putOp(op('a'))
    expect(second.order).toBeGreaterThan(first.order)
    await storage.deleteOps('me', ['a', 'b'])
    const third = await storage.putOp(op('c'))
    expect(third.order).toBeGreaterThan(second.order)
    expect(await storage.ops('me')).toEqual([third])
    await storage.deleteOps('me', ['c'])
  })

  it('concurrent puts keep the order of the calls; ops come back in order', async () => {
    const storage = open()
    const cids = Array.from({ length: 20 }, (_none, index) => `cid-${19 - index}`)
    await Promise.all(cids.map(cid => storage.putOp(op(cid))))
    expect((await storage.ops('me')).map(row => row.cid)).toEqual(cids)
    await storage.deleteOps('me', cids)
  })

  it('the same cid again is the same row', async () => {
    const storage = open()
    const first = await storage.putOp(op('x'))
    expect(await storage.putOp(op('x'))).toEqual(first)
    expect(await storage.ops('me')).toHaveLength(1)
    await storage.deleteOps('me', ['x'])
  })

  it('[F43] [S6] puts many in one order, each in the place that it has, and the newer ones behind them', async () => {
    const storage = open()
    for (const cid of ['b', 'new', 'c']) await storage.putOp(op(cid))
    await storage.putOps('me', [op('a'), { ...op('b'), failure: 'forbidden' }, op('c'), op('d')], [op('new'), op('newest')])
    const rows = await storage.ops('me')
    expect(rows.map(row => row.cid)).toEqual(['b', 'c', 'a', 'd', 'new', 'newest'])
    expect(rows.map(row => row.failure)).toEqual(['forbidden', undefined, undefined, undefined, undefined, undefined])
    expect(await storage.putOp(op('d'))).toEqual(rows[3])
    await storage.deleteOps('me', rows.map(row => row.cid))
  })

  it('sets and clears a failure, and ignores ops that are gone', async () => {
    const storage = open()
    await storage.putOp(op('x'))
    await storage.updateOp('me', 'x', { failure: 'forbidden' })
    expect(await storage.ops('me')).toMatchObject([{ failure: 'forbidden' }])
    await storage.updateOp('me', 'x', { failure: undefined })
    expect((await storage.ops('me'))[0]).not.toHaveProperty('failure')
    await storage.updateOp('me', 'gone', { failure: 'forbidden' })
    await storage.deleteOps('me', ['gone', 'x'])
    expect(await storage.ops('me')).toEqual([])
  })

  it('keeps conversations and values, by account', async () => {
    const storage = open()
    const entry = (conversation: string, data: unknown, account = 'me') => ({ account, conversation, data })
    await storage.putConversations([entry('a', 1), entry('b', { deep: [1] }), entry('a', 'theirs', 'ann')])
    await storage.putConversations([entry('a', 2)], [{ account: 'me', key: 'list', value: [1] }])
    expect(await storage.value('me', 'list')).toEqual([1])
    await storage.deleteValue('me', 'list')
    expect((await storage.conversations('me')).sort((x, y) => x.conversation < y.conversation ? -1 : 1)).toEqual([entry('a', 2), entry('b', { deep: [1] })])
    await storage.deleteConversations('me', ['a'])
    expect(await storage.conversations('me')).toEqual([entry('b', { deep: [1] })])
    await storage.deleteConversations('me', 'all')
    expect(await storage.conversations('me')).toEqual([])
    expect(await storage.conversations('ann')).toHaveLength(1)
    await storage.erase('ann')
    await storage.putValue('me', 'draft:c', { text: 'x' })
    await storage.putValue('me', 'draft:d', 1)
    await storage.putValue('me', 'epoch', 'e')
    expect(await storage.value('me', 'epoch')).toBe('e')
    expect(await storage.value('ann', 'epoch')).toBeUndefined()
    expect((await storage.values('me', 'draft:')).map(({ key }) => key).sort()).toEqual(['draft:c', 'draft:d'])
    await storage.deleteValue('me', 'draft:c')
    expect(await storage.values('me', 'draft:')).toEqual([{ key: 'draft:d', value: 1 }])
  })

  it('[R15] erases one account and leaves the others', async () => {
    const storage = open()
    await storage.putOp(op('x'))
    await storage.putOp(op('x', 'ann'))
    await storage.putConversations([{ account: 'me', conversation: 'c', data: 1 }, { account: 'ann', conversation: 'c', data: 1 }])
    await storage.erase('me')
    expect([await storage.ops('me'), await storage.conversations('me'), await storage.values('me', '')]).toEqual([[], [], []])
    expect(await storage.ops('ann')).toHaveLength(1)
    expect(await storage.conversations('ann')).toHaveLength(1)
    await storage.erase('ann')
  })

  it('what is read is a copy', async () => {
    const storage = open()
    const value = { list: [1] }
    await storage.putValue('me', 'v', value)
    value.list.push(2)
    expect(await storage.value('me', 'v')).toEqual({ list: [1] })
  })
}
