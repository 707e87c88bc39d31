import { describe, expect, it } from 'vitest'
import { FakeBrowser, settle } from '#parley/tests/helpers/fake-environment.ts'
import { online, openTab, world } from '#parley/tests/helpers/open-tab.ts'
import { text } from '#parley/tests/helpers/scripted-server.ts'
import type { ScriptedServer } from '#parley/tests/helpers/scripted-server.ts'

const fill = (server: ScriptedServer, count: number, id = 'c') => {
  for (let index = 0; index < count; index++) server.commit(id, `m${server.log(id).length + 1}`)
}
const push = (server: ScriptedServer, event: ReturnType<ScriptedServer['commit']>, conversation = 'c') => server.last.push({ type: 'event', conversation, event })

describe('after a break', () => {
  it('[W3] [F4] compares heads with cursors and pulls what it lacks, told in one burst', async () => {
    const server = world()
    fill(server, 3)
    const tab = await online(server)
    server.last.drop()
    fill(server, 200)
    tab.client.retryNow()
    await settle()
    expect(server.last.of('sync')).toMatchObject([{ conversation: 'c', after: 3, tip: 'c-3' }])
    tab.changes.length = 0
    await tab.clock.advance(20)
    expect(tab.of('timeline')).toHaveLength(1)
    expect(tab.of('message')).toHaveLength(200)
    expect(tab.of('message').every(change => !change.live)).toBe(true)
    expect(tab.bodies()).toHaveLength(203)
  })

  it('[Y1] pulls page after page, at most two conversations at a time, the one on screen first', async () => {
    const server = world()
    const ids = ['a', 'b', 'c', 'd', 'e']
    for (const id of ids) {
      server.conversation(id)
      fill(server, 2, id)
    }
    const tab = await online(server)
    for (const id of ids) tab.client.timeline(id)
    await tab.clock.advance(100)
    server.last.drop()
    for (const id of ids) fill(server, 450, id)
    server.auto = false
    tab.client.retryNow()
    await settle()
    const end = server.last
    end.open()
    server.welcome(end)
    expect(end.of('sync').map(sync => sync.conversation)[0]).toBe('c')
    expect(end.of('sync')).toHaveLength(2)
    for (let answered = 0; answered < end.of('sync').length; answered++) {
      expect(end.of('sync').length - answered).toBeLessThanOrEqual(2)
      end.push(server.page(end.of('sync')[answered]!))
    }
    await tab.clock.advance(100)
    for (const id of ids) expect(tab.bodies(id)).toHaveLength(452)
    expect(end.of('sync')).toHaveLength(15)
  })

  it('[Y2] [F5] a gap over 1,000 events resets to the newest page with a marked gap', async () => {
    const server = world()
    fill(server, 3)
    const tab = await online(server)
    server.last.drop()
    fill(server, 50_000)
    tab.client.retryNow()
    await tab.clock.advance(2_000)
    const shown = tab.client.timeline('c')
    expect(shown.rows).toHaveLength(200)
    expect(shown).toMatchObject({ gapBefore: 50_003 - 199, hasOlder: true, hasNewer: false })
    expect(tab.client.conversation('c')?.unread).toBe(50_003)
    await tab.client.loadOlder('c')
    expect(tab.client.timeline('c').gapBefore).toBeUndefined()
  })

  it('[Y2] [R16] another history at the same head is noticed by the tip', async () => {
    const server = world()
    fill(server, 5)
    const tab = await online(server)
    server.last.drop()
    server.logs.set('c', [])
    for (let index = 1; index <= 5; index++) server.commit('c', { kind: 'message', cid: `other-${index}`, content: text(`other ${index}`) })
    tab.client.retryNow()
    await tab.clock.advance(100)
    expect(tab.bodies()).toEqual([1, 2, 3, 4, 5].map(index => `other ${index}`))
  })

  it('[W4] [R16] [F35] another epoch drops the cache, keeps outbox and draft, and tells', async () => {
    const server = world()
    fill(server, 5)
    const tab = await online(server)
    await tab.clock.advance(1_000)
    tab.client.saveDraft('c', { text: 'draft', savedAt: 1 })
    server.last.drop()
    tab.client.send('c', text('unsent'))
    server.epoch = 'epoch-2'
    server.logs.set('c', [])
    fill(server, 2)
    tab.client.retryNow()
    await tab.clock.advance(2_000)
    expect(tab.bodies()).toEqual(['m1', 'm2', 'unsent'])
    expect(tab.states()).toEqual(['sent'])
    expect(tab.of('notice')).toEqual([{ type: 'notice', code: 'history_reset' }])
    expect(tab.client.draft('c')?.text).toBe('draft')
    const kept = await tab.browser.disk.conversations('me')
    expect(JSON.stringify(kept)).toContain('epoch-2')
    expect(JSON.stringify(kept)).not.toContain('epoch-1')
  })

  it('[W4] [R9] what one tab settled in the new history is no number for a tab that still shows the old one', async () => {
    const server = world()
    fill(server, 3)
    const first = await online(server)
    const second = await online(server, first.browser)
    for (const end of server.sockets) end.drop()
    server.epoch = 'epoch-2'
    server.logs.set('c', [])
    fill(server, 4)
    const { cid } = first.client.send('c', text('unsent'))
    await settle()
    expect(second.bodies().at(-1)).toBe('unsent')
    first.client.retryNow()
    await first.clock.advance(2_000)
    expect(first.rows().at(-1)).toMatchObject({ cid, seq: 5, state: 'sent' })
    expect(second.bodies().slice(0, 3)).toEqual(['m1', 'm2', 'm3'])
    expect(second.rows().map(row => row.seq).filter(seq => seq !== undefined)).toEqual([1, 2, 3])
    second.client.retryNow()
    await second.clock.advance(2_000)
    expect(second.bodies()).toEqual(['m1', 'm2', 'm3', 'm4', 'unsent'])
    expect(second.states()).toEqual(['sent'])
  })

  it('[W4] [Y3] a fresh device takes its history from the first page: a first welcome of another one drops it', async () => {
    const server = world()
    fill(server, 5)
    server.auto = false
    const tab = openTab(server)
    tab.client.start()
    tab.client.open('c')
    await tab.clock.advance(100)
    expect(tab.bodies()).toEqual(['m1', 'm2', 'm3', 'm4', 'm5'])
    server.epoch = 'epoch-2'
    server.logs.set('c', [])
    server.commit('c', 'another')
    server.auto = true
    server.last.open()
    server.welcome()
    await tab.clock.advance(1_000)
    expect(tab.bodies()).toEqual(['another'])
    expect(tab.of('notice')).toEqual([{ type: 'notice', code: 'history_reset' }])
  })

  it('[W4] [F36] a page of history that is faster than the disk does not make what was kept look foreign', async () => {
    const first = await online()
    await first.clock.advance(1_000)
    first.client.dispose()
    await settle()
    const { server, browser } = first
    server.auto = false
    const read = browser.disk.value.bind(browser.disk)
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    browser.disk.value = async (account, key) => {
      await gate
      return read(account, key)
    }
    const tab = openTab(server, browser)
    tab.client.start()
    tab.client.open('c')
    await settle()
    release()
    await settle()
    expect(tab.client.conversation('c')).toBeDefined()
    expect(tab.client.timeline('c').status).toBe('ready')
  })

  it('[W4] [Y3] [R12] a page of another history is not put beside the rows of this one', async () => {
    const server = world()
    fill(server, 60)
    const tab = await online(server)
    server.last.drop()
    server.auto = false
    server.epoch = 'epoch-2'
    server.logs.set('c', [])
    for (let index = 1; index <= 60; index++) server.commit('c', `other ${index}`)
    await tab.client.loadOlder('c')
    expect(tab.bodies()).toEqual(Array.from({ length: 60 }, (_, index) => `m${index + 1}`).slice(-tab.bodies().length))
    server.auto = true
    tab.client.retryNow()
    await tab.clock.advance(2_000)
    expect(tab.bodies().at(-1)).toBe('other 60')
    expect(tab.bodies().filter(body => body.startsWith('m'))).toEqual([])
  })

  it('[W3] a conversation never looked at leaps to the head without a pull', async () => {
    const server = world()
    fill(server, 500)
    const tab = openTab(server)
    tab.client.start()
    await tab.clock.advance(100)
    expect(server.last.of('sync')).toEqual([])
    push(server, server.commit('c', 'live'))
    await tab.clock.advance(100)
    expect(tab.bodies()).toEqual(['live'])
    expect(tab.client.timeline('c').hasOlder).toBe(true)
    tab.client.open('c')
    await settle()
    expect(tab.bodies()).toHaveLength(51)
  })

  it('[O3] a hole in the pushes is pulled before its neighbours are shown', async () => {
    const server = world()
    fill(server, 2)
    const tab = await online(server)
    server.commit('c', 'lost')
    push(server, server.commit('c', 'after'))
    expect(tab.bodies()).toEqual(['m1', 'm2'])
    await settle()
    expect(tab.bodies()).toEqual(['m1', 'm2', 'lost', 'after'])
  })

  it('[R8] an ack above a hole: the own row stays, the hole is pulled, the order is the log’s', async () => {
    const server = world()
    const tab = await online(server)
    server.answer = (op, end) => {
      server.commit('c', 'theirs')
      const { event } = server.commitOp(op)
      end.push({ type: 'ack', cid: op.cid, conversation: 'c', seq: event.seq, at: event.at })
      expect(tab.bodies()).toEqual(['mine'])
      return false
    }
    tab.client.send('c', text('mine'))
    await settle()
    expect(tab.bodies()).toEqual(['theirs', 'mine'])
  })

  it('[L3] `heads` of a server that held events back makes the client pull', async () => {
    const server = world()
    fill(server, 2)
    const tab = await online(server)
    fill(server, 30)
    server.last.push({ type: 'heads', heads: server.heads() })
    await settle()
    expect(tab.bodies()).toHaveLength(32)
  })

  it('[L3] [W2] `heads` that name a conversation joined meanwhile make the client fetch it', async () => {
    const server = world()
    const tab = await online(server)
    server.conversation('joined')
    fill(server, 2, 'joined')
    server.last.push({ type: 'heads', heads: { joined: [2, 0, 'joined-2'] } })
    await tab.clock.advance(5_000)
    expect(tab.client.conversation('joined')).toMatchObject({ head: 2 })
  })

  it('[O4] a summary that tells of a longer log than is held makes the client pull', async () => {
    const server = world()
    fill(server, 2)
    const tab = await online(server)
    fill(server, 1)
    void tab.client.refresh()
    await tab.clock.advance(5_000)
    expect(server.last.of('sync')).toMatchObject([{ conversation: 'c', after: 2 }])
    expect(tab.bodies()).toHaveLength(3)
  })

  it('a sync without an answer gives its turn back', async () => {
    const server = world()
    fill(server, 2)
    const tab = await online(server)
    server.auto = false
    push(server, { ...server.commit('c', 'x'), seq: 4 })
    await settle()
    expect(server.last.of('sync')).toHaveLength(1)
    for (let second = 0; second < 16; second++) {
      server.last.push({ type: 'ping' })
      await tab.clock.advance(1_000)
    }
    expect(server.last.of('sync')).toHaveLength(2)
  })

  it('a page that brings nothing new does not make a loop', async () => {
    const server = world()
    fill(server, 2)
    const tab = await online(server)
    server.auto = false
    push(server, { ...server.commit('c', 'x'), seq: 9 })
    for (let round = 0; round < 10; round++) {
      const sync = server.last.of('sync').at(-1)!
      server.last.push({ type: 'page', ref: sync.ref, conversation: 'c', events: [], head: 2, more: true })
      await tab.clock.advance(100)
    }
    expect(server.last.of('sync').length).toBeLessThanOrEqual(2)
  })

  it('[T5a] [F53] not_found on a sync: the conversation is gone, and its open op fails visibly', async () => {
    const server = world()
    fill(server, 2)
    const tab = await online(server)
    server.answer = (op, end) => {
      end.push({ type: 'reject', cid: op.cid, conversation: 'c', code: 'not_found', message: '' })
      return false
    }
    server.last.drop()
    tab.client.send('c', text('too late'))
    server.summaries.delete('c')
    tab.client.retryNow()
    await tab.clock.advance(2_000)
    expect(tab.client.conversations()).toEqual([])
    expect(tab.client.timeline('c').status).toBe('missing')
    expect(tab.rows()).toMatchObject([{ state: 'failed', failure: 'not_found' }])
    expect(tab.of('notice')).toEqual([{ type: 'notice', code: 'removed', conversation: 'c' }])
  })

  it('[O6] `removed` takes the conversation and its cache away', async () => {
    const server = world()
    fill(server, 2)
    const tab = await online(server)
    await tab.clock.advance(1_000)
    server.last.push({ type: 'removed', conversation: 'c' })
    await tab.clock.advance(1_000)
    expect(tab.client.conversations()).toEqual([])
    expect(tab.rows()).toEqual([])
    expect(await tab.browser.disk.conversations('me')).toEqual([])
  })

  it('[W2] the welcome of another account stops the page', async () => {
    const server = world()
    server.user = { id: 'other', username: 'o', displayName: 'O', role: 'member' }
    const browser = new FakeBrowser()
    const tab = openTab(server, browser)
    tab.client.send('c', text('mine alone'))
    tab.client.start()
    await tab.clock.advance(10_000)
    expect(tab.of('notice')).toEqual([{ type: 'notice', code: 'other_account' }])
    expect(tab.client.connection().name).toBe('closed')
    expect(server.log('c')).toEqual([])
    expect(await browser.disk.ops('me')).toHaveLength(1)
  })

  it('[T2] [F55] a server of a newer protocol asks for a reload; the outbox stays', async () => {
    const tab = await online()
    tab.server.answer = () => false
    tab.client.send('c', text('kept'))
    await settle()
    tab.server.last.drop(4505)
    expect(tab.of('notice')).toEqual([{ type: 'notice', code: 'update_available' }])
    expect(tab.client.pending()).toBe(1)
  })
})

describe('history over HTTP', () => {
  it('[Y3] loads older and newer pages, jumps, and returns to the present', async () => {
    const server = world()
    fill(server, 300)
    const tab = await online(server)
    await tab.client.loadOlder('c')
    expect(tab.bodies()[0]).toBe('m201')
    await tab.client.jumpTo('c', 100)
    expect(tab.bodies()).toContain('m100')
    expect(tab.client.timeline('c').hasNewer).toBe(true)
    await tab.client.loadNewer('c')
    expect(tab.bodies().at(-1)).toBe('m174')
    await tab.client.jumpToPresent('c')
    expect(tab.bodies().at(-1)).toBe('m300')
    expect(tab.client.timeline('c').hasNewer).toBe(false)
  })

  it('[U-S3] an own message goes into the present', async () => {
    const server = world()
    fill(server, 300)
    const tab = await online(server)
    await tab.client.jumpTo('c', 100)
    tab.client.send('c', text('now'))
    await settle()
    expect(tab.bodies().at(-1)).toBe('now')
    expect(tab.bodies().at(-2)).toBe('m300')
  })

  it('[F6] an event that commits while the first page flies is shown once', async () => {
    const server = world()
    fill(server, 10)
    const tab = openTab(server)
    tab.client.start()
    await tab.clock.advance(100)
    tab.client.open('c')
    push(server, server.commit('c', 'in between'))
    await settle()
    expect(tab.bodies().slice(-2)).toEqual(['m10', 'in between'])
    expect(tab.bodies()).toHaveLength(11)
  })

  it('a failed first page is not asked for again by every look, but by the next connection', async () => {
    const server = world()
    fill(server, 10)
    server.reachable = false
    const tab = await online(server)
    const before = server.calls.length
    for (let look = 0; look < 10; look++) tab.client.timeline('c')
    await settle()
    expect(server.calls).toHaveLength(before)
    expect(tab.client.timeline('c').status).toBe('unavailable')
    server.reachable = true
    server.last.drop()
    tab.client.retryNow()
    await tab.clock.advance(100)
    expect(tab.bodies()).toHaveLength(10)
  })

  it('404 makes it missing', async () => {
    const tab = await online()
    tab.client.open('nowhere')
    await settle()
    expect(tab.client.timeline('nowhere').status).toBe('missing')
  })
})
