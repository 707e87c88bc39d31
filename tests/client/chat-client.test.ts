import { describe, expect, it } from 'vitest'
import { FakeBrowser, settle } from '#parley/tests/helpers/fake-environment.ts'
import { online, openTab, world } from '#parley/tests/helpers/open-tab.ts'
import { currentMessages, text } from '#parley/tests/helpers/scripted-server.ts'

describe('sending', () => {
  it('[U-P4] the row is there when send returns, on disk before the network, then acknowledged once', async () => {
    const tab = await online()
    let release: () => void = () => {}
    tab.browser.disk.gate = new Promise((resolve) => {
      release = resolve
    })
    const { cid, stored } = tab.client.send('c', text('hello'))
    expect(tab.rows()).toMatchObject([{ cid, state: 'queued', mine: true }])
    expect(tab.of('pending').at(-1)?.count).toBe(1)
    await settle()
    expect(tab.server.last.ops).toEqual([])
    release()
    await stored
    await settle()
    expect(tab.rows()).toMatchObject([{ cid, seq: 1, state: 'sent' }])
    expect(tab.client.pending()).toBe(0)
    expect(await tab.browser.disk.ops('me')).toEqual([])
    expect(currentMessages(tab.server.log('c'))).toHaveLength(1)
  })

  it('[R7] settles by the event, or by a page, when the ack never comes, and the late ack changes nothing', async () => {
    for (const way of ['event', 'page'] as const) {
      const tab = await online()
      tab.server.answer = (op) => {
        const { event } = tab.server.commitOp(op)
        if (way === 'event') tab.server.last.push({ type: 'event', conversation: 'c', event })
        return false
      }
      const { cid } = tab.client.send('c', text('once'))
      await settle()
      if (way === 'page') {
        tab.server.last.drop()
        tab.server.answer = () => false
        tab.client.retryNow()
        await tab.clock.advance(100)
      }
      expect(tab.rows()).toMatchObject([{ cid, seq: 1, state: 'sent' }])
      tab.server.last.push({ type: 'ack', cid, conversation: 'c', seq: 1, at: 1, duplicate: true })
      await settle()
      expect(tab.rows()).toHaveLength(1)
      expect(tab.client.pending()).toBe(0)
    }
  })

  it('[R2] [S3] [F3] an op whose ack was lost is sent again under the same cid and is one row', async () => {
    const tab = await online()
    tab.server.answer = (op, end) => {
      tab.server.commitOp(op)
      tab.server.answer = () => true
      end.drop()
      return false
    }
    const { cid } = tab.client.send('c', text('committed'))
    await settle()
    expect(tab.states()).toEqual(['queued'])
    await tab.clock.advance(2_000)
    expect(tab.rows()).toMatchObject([{ cid, state: 'sent' }])
    expect(tab.server.log('c')).toHaveLength(1)
    expect(tab.server.sockets).toHaveLength(2)
  })

  it('[S6] [R4] resends everything unacknowledged in order before anything newer', async () => {
    const tab = await online()
    tab.server.answer = () => false
    for (const body of ['1', '2', '3']) tab.client.send('c', text(body))
    await settle()
    tab.server.last.drop()
    tab.client.send('c', text('4'))
    await settle()
    tab.server.answer = () => true
    await tab.clock.advance(2_000)
    tab.client.send('c', text('5'))
    await settle()
    expect(tab.server.last.ops.map(op => op.type === 'send' && op.content.type === 'text' ? op.content.text : '')).toEqual(['1', '2', '3', '4', '5'])
    expect(tab.bodies()).toEqual(['1', '2', '3', '4', '5'])
  })

  it('[S7] at most 64 unacknowledged ops are on their way', async () => {
    const tab = await online()
    tab.server.answer = () => false
    for (let count = 0; count < 100; count++) tab.client.send('c', text(`${count}`))
    await settle()
    expect(tab.server.last.ops).toHaveLength(64)
    const first = tab.server.last.ops[0]!
    const { event } = tab.server.commitOp(first)
    tab.server.last.push({ type: 'ack', cid: first.cid, conversation: 'c', seq: event.seq, at: 1 })
    await settle()
    expect(tab.server.last.ops).toHaveLength(65)
  })

  it('[T4] batches stay under 60 KiB of UTF-8', async () => {
    const tab = await online()
    tab.server.last.drop()
    for (let count = 0; count < 12; count++) tab.client.send('c', text('漢'.repeat(7_000)))
    await tab.clock.advance(2_000)
    const sizes = tab.server.last.messages.map(message => new TextEncoder().encode(message).byteLength)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(60 * 1_024)
    expect(tab.states()).toEqual(Array.from({ length: 12 }, () => 'sent'))
  })

  it('[T4] [F46] an op that fits no message fails by itself; the next ones go', async () => {
    const tab = await online()
    const { cid } = tab.client.send('c', text('漢'.repeat(30_000)))
    tab.client.send('c', text('next'))
    await settle()
    expect(tab.rows()).toMatchObject([{ seq: 1, state: 'sent' }, { cid, state: 'failed', failure: 'too_long' }])
    expect(tab.client.conversation('c')?.failed).toBe(true)
  })

  it('[T4] after 1009 ops go one by one, and only the one that alone brings it again fails', async () => {
    const tab = await online()
    tab.server.answer = (op, end) => {
      if (op.type === 'send' && op.content.type === 'text' && op.content.text === 'cursed') end.drop(1009)
      return end.ended === undefined
    }
    tab.server.last.drop()
    for (const body of ['a', 'cursed', 'b']) tab.client.send('c', text(body))
    await tab.clock.advance(30_000)
    expect(tab.rows().map(row => [row.content?.type === 'text' ? row.content.text : '', row.state])).toEqual([['a', 'sent'], ['b', 'sent'], ['cursed', 'failed']])
    expect(tab.rows().at(-1)?.failure).toBe('too_long')
    expect(tab.server.log('c')).toHaveLength(2)
  })

  it('[L2] an op unanswered for 3 s raises a probe, and a dead link is replaced and the op sent again', async () => {
    const tab = await online()
    tab.server.auto = false
    tab.client.send('c', text('into the void'))
    await tab.clock.advance(3_000)
    expect(tab.server.last.of('ping')).toHaveLength(1)
    await tab.clock.advance(3_000)
    expect(tab.client.connection().name).toBe('waiting')
    expect(tab.states()).toEqual(['queued'])
    tab.server.auto = true
    await tab.clock.advance(1_000)
    expect(tab.states()).toEqual(['sent'])
  })

  it('[S4] a busy store shows, and the op waits without being sent again', async () => {
    const tab = await online()
    tab.server.answer = () => false
    tab.client.send('c', text('wait'))
    await settle()
    for (let second = 0; second < 60; second += 2) {
      tab.server.last.push({ type: 'status', store: 'busy' }, { type: 'ping' })
      await tab.clock.advance(2_000)
    }
    expect(tab.of('store-status')).toEqual([{ type: 'store-status', status: 'busy' }])
    expect(tab.server.last.ops).toHaveLength(1)
    expect(tab.states()).toEqual(['sending'])
  })
})

describe('rejects', () => {
  async function rejected(code: 'forbidden' | 'cid_conflict') {
    const tab = await online()
    tab.server.answer = (op, end) => {
      end.push({ type: 'reject', cid: op.cid, conversation: 'c', code, message: '' })
      return false
    }
    const { cid } = tab.client.send('c', text('no'))
    await settle()
    expect(tab.rows()).toMatchObject([{ cid, state: 'failed', failure: code }])
    tab.server.answer = () => true
    return { tab, cid }
  }

  it('[S4] is final: neither time nor a new connection sends it again', async () => {
    const { tab, cid } = await rejected('forbidden')
    expect(tab.client.pending()).toBe(0)
    expect(tab.of('refused')).toEqual([{ type: 'refused', conversation: 'c', cid, op: 'send', code: 'forbidden' }])
    tab.server.last.drop()
    await tab.clock.advance(60_000)
    expect(tab.server.last.ops).toEqual([])
    expect(tab.states()).toEqual(['failed'])
  })

  it('[S4] retry keeps the cid; after cid_conflict it takes a new one', async () => {
    const first = await rejected('forbidden')
    first.tab.client.retry(first.cid)
    await settle()
    expect(first.tab.rows()).toMatchObject([{ cid: first.cid, state: 'sent' }])
    const second = await rejected('cid_conflict')
    second.tab.client.retry(second.cid)
    await settle()
    expect(second.tab.states()).toEqual(['sent'])
    expect(second.tab.rows()[0]?.cid).not.toBe(second.cid)
  })

  it('discard drops the row and the stored op; a failed op survives a reload', async () => {
    const { tab, cid } = await rejected('forbidden')
    const next = openTab(tab.server, tab.browser)
    await next.client.ready()
    expect(next.rows()).toMatchObject([{ cid, state: 'failed', failure: 'forbidden' }])
    tab.client.discard(cid)
    await settle()
    expect(tab.rows()).toEqual([])
    expect(next.rows()).toEqual([])
    expect(await tab.browser.disk.ops('me')).toEqual([])
  })

  it('a refused edit shows on its row and can be retried by the row; a refused reaction is taken back', async () => {
    const tab = await online()
    const { cid } = tab.client.send('c', text('mine'))
    await settle()
    tab.server.answer = (op, end) => {
      end.push({ type: 'reject', cid: op.cid, conversation: 'c', code: 'forbidden', message: '' })
      return false
    }
    tab.client.edit('c', 1, text('changed'))
    tab.client.react('c', 1, '👍', true)
    expect(tab.rows()).toMatchObject([{ cid, changing: true, reactions: [{ emoji: '👍' }] }])
    await settle()
    expect(tab.rows()).toMatchObject([{ cid, state: 'sent', changeFailure: 'forbidden', reactions: [] }])
    tab.server.answer = () => true
    tab.client.retry(cid)
    await settle()
    expect(tab.rows()).toMatchObject([{ content: text('changed'), editedAt: expect.any(Number) }])
    expect(tab.rows()[0]).not.toHaveProperty('changeFailure')
  })
})

describe('device', () => {
  it('[F36] queued messages show after a reload before any connection, and then arrive once in order', async () => {
    const server = world()
    const first = await online(server)
    server.last.drop()
    for (const body of ['1', '2', '3', '4', '5']) first.client.send('c', text(body))
    await settle()
    first.client.dispose()
    const second = openTab(server, first.browser)
    await second.client.ready()
    expect(second.bodies()).toEqual(['1', '2', '3', '4', '5'])
    expect(second.states()).toEqual(Array.from({ length: 5 }, () => 'queued'))
    second.client.start()
    await second.clock.advance(100)
    expect(second.states()).toEqual(Array.from({ length: 5 }, () => 'sent'))
    expect(server.log('c')).toHaveLength(5)
  })

  it('rows and list of the last visit show before any connection', async () => {
    const server = world()
    server.commit('c', 'hello')
    const first = await online(server)
    await first.clock.advance(2_000)
    first.client.dispose()
    await settle()
    server.reachable = false
    const second = openTab(server, first.browser)
    await second.client.ready()
    expect(second.bodies()).toEqual(['hello'])
    expect(second.client.conversations()).toMatchObject([{ id: 'c', label: 'Ann', unread: 1 }])
  })

  it('[F40] a full disk: the message still goes, with one notice', async () => {
    const tab = await online()
    tab.browser.disk.failure = 'quota'
    tab.client.send('c', text('a'))
    tab.client.send('c', text('b'))
    await settle()
    expect(tab.states()).toEqual(['sent', 'sent'])
    expect(tab.of('notice')).toEqual([{ type: 'notice', code: 'device_storage_full' }])
  })

  it('[F41] no storage at all: works from memory, with one notice', async () => {
    const server = world()
    const browser = new FakeBrowser()
    browser.disk.failure = 'unavailable'
    const tab = await online(server, browser)
    tab.client.send('c', text('a'))
    await settle()
    expect(tab.states()).toEqual(['sent'])
    expect(tab.of('notice')).toEqual([{ type: 'notice', code: 'device_storage_unavailable' }])
  })

  it('[F42] [F43] storage taken away is told', async () => {
    const tab = await online()
    tab.browser.disk.lose('upgraded')
    tab.browser.disk.lose('cleared')
    expect(tab.of('notice').map(notice => notice.code)).toEqual(['update_available', 'device_storage_unavailable'])
  })

  it('[U-P6] drafts are saved within 500 ms and on pagehide, and are there after a reload', async () => {
    const tab = await online()
    tab.client.saveDraft('c', { text: 'half a thou', savedAt: 1 })
    await tab.clock.advance(500)
    tab.client.saveDraft('c', { text: 'half a thought', replyTo: 3, savedAt: 2 })
    tab.environment.signal('pagehide')
    await settle()
    expect(tab.client.conversation('c')?.draft).toBe('half a thought')
    const next = openTab(tab.server, tab.browser)
    await next.client.ready()
    expect(next.client.draft('c')).toEqual({ text: 'half a thought', replyTo: 3, savedAt: 2 })
    tab.client.saveDraft('c', undefined)
    await tab.clock.advance(500)
    expect(next.client.draft('c')).toBeUndefined()
    expect(await tab.browser.disk.values('me', 'draft:')).toEqual([])
  })

  it('[U-P6] what a text box hands over after the page began to leave is on disk without a timer', async () => {
    const tab = await online()
    tab.environment.signal('pagehide')
    tab.client.saveDraft('c', { text: 'the last keys', savedAt: 1 })
    await settle()
    expect(await tab.browser.disk.values('me', 'draft:')).toEqual([{ key: 'draft:c', value: { text: 'the last keys', savedAt: 1 } }])
  })

  it('[U-P6] the last words of a page that is torn down are there in the next one, and are said once', async () => {
    const tab = await online()
    const words = new Map<string, unknown>()
    tab.environment.lastWords = {
      put: (key, value) => void words.set(key, value),
      take(prefix) {
        const taken = [...words].filter(([key]) => key.startsWith(prefix)).map(([key, value]) => ({ key, value }))
        for (const { key } of taken) words.delete(key)
        return taken
      },
    }
    tab.client.saveDraft('d', { text: 'gathered', savedAt: 1 })
    tab.environment.signal('pagehide')
    tab.client.saveDraft('c', { text: 'the last keys', savedAt: 2 })
    expect([...words.values()]).toEqual([{ text: 'gathered', savedAt: 1 }, { text: 'the last keys', savedAt: 2 }])
    await tab.browser.disk.erase('me') // what a torn-down page had begun to write never arrived
    await settle()
    await tab.browser.disk.erase('me')
    const next = openTab(tab.server, tab.browser)
    next.environment.lastWords = tab.environment.lastWords
    await next.client.ready()
    expect(next.client.draft('c')?.text).toBe('the last keys')
    expect(next.client.draft('d')?.text).toBe('gathered')
    expect(words.size).toBe(0)
  })

  it('[R15] [X33] erase leaves nothing of the account, in no tab, and nothing of another account goes', async () => {
    const server = world()
    const tab = await online(server)
    const other = await online(server, tab.browser)
    await tab.browser.disk.putValue('ann', 'epoch', 'x')
    server.auto = false
    tab.client.send('c', text('unsent'))
    tab.client.saveDraft('c', { text: 'd', savedAt: 1 })
    await tab.clock.advance(3_000)
    await tab.client.erase()
    await other.clock.advance(3_000)
    await tab.clock.advance(3_000)
    expect(await tab.browser.disk.ops('me')).toEqual([])
    expect(await tab.browser.disk.values('me', '')).toEqual([])
    expect(await tab.browser.disk.conversations('me')).toEqual([])
    expect(await tab.browser.disk.value('ann', 'epoch')).toBe('x')
    expect(other.client.connection()).toEqual({ name: 'closed', reason: 'stopped' })
    expect(other.rows()).toEqual([])
  })

  it('[A5] signed out: outbox and drafts stay', async () => {
    const tab = await online()
    tab.server.answer = () => false
    tab.client.send('c', text('kept'))
    tab.client.saveDraft('c', { text: 'draft', savedAt: 1 })
    await tab.clock.advance(1_000)
    tab.server.last.drop(4504)
    expect(tab.client.connection()).toEqual({ name: 'signed-out', reason: 'revoked' })
    expect(tab.states()).toEqual(['queued'])
    expect(await tab.browser.disk.ops('me')).toHaveLength(1)
    expect(tab.client.draft('c')?.text).toBe('draft')
  })

  it('[F54] stop before the device storage answered: nothing connects later', async () => {
    const tab = openTab(world())
    tab.client.start()
    tab.client.stop()
    await tab.clock.advance(60_000)
    expect(tab.server.sockets).toEqual([])
  })
})

describe('tabs', () => {
  it('[R9] another tab shows the row, and drops its copy at the ack of the first', async () => {
    const server = world()
    const first = await online(server)
    const second = await online(server, first.browser)
    server.answer = () => false
    const { cid } = first.client.send('c', text('shared'))
    await settle()
    expect(second.rows()).toMatchObject([{ cid, state: 'queued' }])
    const { event } = server.commitOp(server.sockets[0]!.ops[0]!)
    server.sockets[0]!.push({ type: 'ack', cid, conversation: 'c', seq: event.seq, at: event.at })
    await settle()
    expect(second.rows()).toMatchObject([{ cid, seq: 1, state: 'sent' }])
    await second.clock.advance(20_000)
    expect(server.sockets[1]!.ops).toEqual([])
  })

  it.each([
    ['[R9] [S9] who was named is known in another tab too, although the event came before the ack', (body: string) => text(body), [{ seq: 1, state: 'sent', mentions: ['ann'] }]],
    ['[R9] [S9] what a filter masked another tab takes from the log, not from its own outbox', () => text('***'), [{ state: 'queued' }]],
  ])('%s', async (_title, stored, rows) => {
    const server = world()
    const first = await online(server)
    const second = await online(server, first.browser)
    server.answer = () => false
    const { cid } = first.client.send('c', text('hello @ann'))
    await settle()
    server.last.drop()
    const event = server.commit('c', { kind: 'message', sender: 'me', cid, content: stored('hello @ann'), mentions: ['ann'] })
    server.sockets[0]!.push({ type: 'event', conversation: 'c', event })
    await settle()
    expect(second.rows()).toMatchObject(rows)
  })

  it('[R9] with every hint lost the event settles it, and the shared row is deleted on sight', async () => {
    const server = world()
    const first = await online(server)
    server.answer = () => false
    const { cid } = first.client.send('c', text('shared'))
    await settle()
    first.browser.deaf = true
    const second = await online(server, first.browser)
    const { event } = server.commitOp(first.server.sockets[0]!.ops[0]!)
    server.last.push({ type: 'event', conversation: 'c', event })
    await settle()
    expect(second.rows()).toMatchObject([{ cid, seq: 1 }])
    expect(await first.browser.disk.ops('me')).toEqual([])
  })

  it('[F39] a tab frozen while flushing is covered by another within 15 s', async () => {
    const server = world()
    const first = await online(server)
    const second = await online(server, first.browser)
    server.answer = (_op, end) => end !== server.sockets[0]
    first.client.send('c', text('stuck'))
    await settle()
    await second.clock.advance(4_000)
    expect(server.log('c')).toHaveLength(1)
    expect(second.states()).toEqual(['sent'])
  })

  it('[R4] [S6] a newer op of this tab drags along what another tab made before it', async () => {
    const server = world()
    const first = await online(server)
    const second = await online(server, first.browser)
    first.browser.deaf = true
    server.answer = (_op, end) => end !== server.sockets[0]
    first.client.send('c', text('one'))
    await settle()
    second.client.send('c', text('two'))
    await settle()
    expect(server.log('c').map(event => event.kind === 'message' && event.content?.type === 'text' ? event.content.text : '')).toEqual(['one', 'two'])
  })

  it('[F38] two tabs that both flush make one copy', async () => {
    const server = world()
    const first = await online(server)
    server.auto = false
    server.last.drop()
    for (const body of ['a', 'b', 'c']) first.client.send('c', text(body))
    await settle()
    server.auto = true
    const second = openTab(server, first.browser)
    second.client.start()
    second.client.open('c')
    first.client.retryNow()
    await first.clock.advance(1_000)
    await second.clock.advance(1_000)
    expect(server.log('c')).toHaveLength(3)
    expect(first.bodies()).toEqual(['a', 'b', 'c'])
    expect(second.bodies()).toEqual(['a', 'b', 'c'])
  })
})
