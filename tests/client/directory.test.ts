import { describe, expect, it } from 'vitest'
import { settle } from '#parley/tests/helpers/fake-environment.ts'
import { online, openTab, world } from '#parley/tests/helpers/open-tab.ts'
import { me, text } from '#parley/tests/helpers/scripted-server.ts'
import type { ScriptedServer } from '#parley/tests/helpers/scripted-server.ts'

const push = (server: ScriptedServer, event: ReturnType<ScriptedServer['commit']>, conversation = 'c') => server.last.push({ type: 'event', conversation, event })
const live = (server: ScriptedServer, body: Parameters<ScriptedServer['commit']>[1], conversation = 'c') => push(server, server.commit(conversation, body), conversation)

describe('a hidden conversation', () => {
  it('[§11] stays hidden for what its summary knows, and comes back with the next message, also when an older summary comes late', async () => {
    const server = world()
    const tab = await online(server)
    live(server, 'one')
    const hidden = { ...server.summary('c'), hidden: true }
    server.last.push({ type: 'conversation', conversation: hidden })
    live(server, { kind: 'reaction', target: 1, emoji: '👍', on: true })
    expect(tab.client.conversation('c')?.hidden).toBe(true)
    live(server, 'two')
    expect(tab.client.conversation('c')?.hidden).toBe(false)
    server.last.push({ type: 'conversation', conversation: hidden })
    expect(tab.client.conversation('c')?.hidden).toBe(false)
    server.last.push({ type: 'conversation', conversation: { ...server.summary('c'), hidden: true } })
    expect(tab.client.conversation('c')?.hidden).toBe(true)
  })
})

describe('unread', () => {
  it('others’ messages count once, own ones, edits, reactions and joins never', async () => {
    const server = world()
    const tab = await online(server)
    live(server, 'one')
    live(server, { kind: 'message', content: text('@me'), mentions: ['me'] })
    push(server, server.log('c')[1]!)
    live(server, { kind: 'edit', target: 1, content: text('one!') })
    live(server, { kind: 'reaction', target: 1, emoji: '👍', on: true })
    live(server, { kind: 'member', user: 'bo', change: 'role', role: 'admin' })
    tab.client.send('c', text('own'))
    await settle()
    expect(tab.client.conversation('c')).toMatchObject({ unread: 2, mentions: 1 })
    expect(server.summary('c')).toMatchObject({ unread: 2, mentions: 1 })
  })

  it('an edit that names the reader counts among the mentions, and one that names them no longer does not (sim seed 401)', async () => {
    const server = world()
    const tab = await online(server)
    live(server, 'one')
    live(server, { kind: 'edit', target: 1, content: text('@me'), mentions: ['me'] })
    expect(tab.client.conversation('c')).toMatchObject({ unread: 1, mentions: 1 })
    live(server, { kind: 'edit', target: 1, content: text('nobody') })
    expect(tab.client.conversation('c')).toMatchObject({ unread: 1, mentions: 0 })
  })

  it('a deleted message no longer counts', async () => {
    const server = world()
    const tab = await online(server)
    live(server, 'one')
    live(server, 'two')
    live(server, { kind: 'delete', target: 1 })
    expect(tab.client.conversation('c')?.unread).toBe(1)
  })

  it('[R12] nor by an answer that was read before the deletion (sim seed 100359)', async () => {
    const server = world()
    const tab = await online(server)
    live(server, 'one')
    live(server, 'two')
    const { conversation } = server.http
    let release = () => {}
    server.http.conversation = async (id) => {
      const answer = await conversation(id)
      await new Promise<void>(resolve => void (release = resolve))
      return answer
    }
    live(server, { kind: 'member', user: 'bo', change: 'join', role: 'member' })
    await tab.clock.advance(1_300)
    live(server, { kind: 'delete', target: 1 })
    release()
    server.http.conversation = conversation
    await tab.clock.advance(1_300)
    expect(tab.client.conversation('c')).toMatchObject({ unread: 1, head: 4 })
  })

  it('a catch-up and a list that cross do not count twice', async () => {
    const server = world()
    server.commit('c', 'one')
    const tab = await online(server)
    server.last.drop()
    for (let index = 0; index < 5; index++) server.commit('c', `away ${index}`)
    tab.client.retryNow()
    await tab.clock.advance(2_000)
    expect(tab.client.conversation('c')?.unread).toBe(6)
  })

  it('markRead clears exactly what was read, here and after a reload', async () => {
    const server = world()
    for (let index = 0; index < 5; index++) server.commit('c', `m${index}`)
    const tab = await online(server)
    tab.client.markRead('c', 3)
    expect(tab.client.conversation('c')).toMatchObject({ unread: 2, readSeq: 3 })
    tab.client.markRead('c', 99)
    expect(tab.client.conversation('c')).toMatchObject({ unread: 0, readSeq: 5 })
    await tab.clock.advance(2_000)
    expect(server.readSeqs.get('c')).toBe(5)
  })

  it('where the rows are not held the server is asked for the count', async () => {
    const server = world()
    for (let index = 0; index < 90; index++) server.commit('c', `m${index}`)
    const tab = openTab(server)
    tab.client.start()
    await tab.clock.advance(100)
    expect(tab.client.conversation('c')?.unread).toBe(90)
    tab.client.markRead('c', 80)
    await tab.clock.advance(3_000)
    expect(tab.client.conversation('c')?.unread).toBe(10)
    expect(server.calls.filter(call => call === 'conversation c')).toHaveLength(1)
  })

  it('a list that could not be fetched after a reconnect is fetched again while the link lives', async () => {
    const server = world()
    for (let index = 0; index < 20; index++) server.commit('c', `m${index}`)
    const tab = openTab(server)
    tab.client.start()
    await tab.clock.advance(100)
    server.last.drop()
    for (let index = 0; index < 30; index++) server.commit('c', `away ${index}`)
    server.reachable = false
    tab.client.retryNow()
    await tab.clock.advance(2_000)
    expect(tab.client.conversation('c')?.unread).toBe(20)
    server.reachable = true
    for (let second = 0; second < 10; second++) {
      await tab.clock.advance(1_000)
      server.last.push({ type: 'ping' })
    }
    expect(tab.client.conversation('c')?.unread).toBe(50)
  })

  it('[R18] a read position of another device moves it forward, an old one never back', async () => {
    const server = world()
    for (let index = 0; index < 5; index++) server.commit('c', `m${index}`)
    const tab = await online(server)
    server.last.push({ type: 'receipt', conversation: 'c', user: 'me', read: 4, at: 1 })
    expect(tab.client.conversation('c')).toMatchObject({ unread: 1, readSeq: 4 })
    server.last.push({ type: 'receipt', conversation: 'c', user: 'me', read: 2, at: 2 })
    server.readSeqs.set('c', 1)
    await tab.client.refresh()
    expect(tab.client.conversation('c')).toMatchObject({ unread: 1, readSeq: 4 })
  })
})

describe('a title', () => {
  it('[R12] that an event has changed is not taken back by a list that is older', async () => {
    const server = world()
    const tab = await online(server)
    const before = server.summary('c')
    live(server, { kind: 'meta', title: 'Orchard', topic: 'Apples' })
    server.last.push({ type: 'conversation', conversation: { ...before, notify: 'none' } })
    expect(tab.client.conversation('c')).toMatchObject({ title: 'Orchard', topic: 'Apples', notify: 'none' })
  })
})

describe('what a page of history leapt over', () => {
  it('[O7] [R12] while there was no connection is asked for on the next, although its list is older than what came since (sim seed 611)', async () => {
    const server = world()
    const tab = await online(server)
    server.last.drop()
    server.commit('c', { kind: 'meta', title: 'Orchard' })
    server.conversation('c', { ...server.summary('c'), title: 'Orchard' })
    await tab.client.jumpToPresent('c')
    const list = server.http.conversations
    let release = () => {}
    server.http.conversations = async () => {
      const answer = await list()
      await new Promise<void>(resolve => void (release = resolve))
      return answer
    }
    tab.client.retryNow()
    await tab.clock.advance(1_000)
    live(server, 'one')
    release()
    await tab.clock.advance(2_000)
    expect(tab.client.conversation('c')).toMatchObject({ title: 'Orchard', head: 2 })
  })
})

describe('a conversation that one has left', () => {
  it('[R12] is not brought back by an answer that was under way (seed 755), and is by the server', async () => {
    const server = world()
    const tab = await online(server)
    const { conversation } = server.http
    let release = () => {}
    server.http.conversation = async (id) => {
      const answer = await conversation(id)
      await new Promise<void>((resolve) => {
        release = resolve
      })
      return answer
    }
    live(server, { kind: 'member', user: 'bo', change: 'join', role: 'member' })
    await tab.clock.advance(1_300)
    server.last.push({ type: 'removed', conversation: 'c' })
    expect(tab.client.conversation('c')).toBeUndefined()
    release()
    await settle()
    expect(tab.client.conversation('c')).toBeUndefined()
    server.last.push({ type: 'conversation', conversation: server.summary('c') })
    expect(tab.client.conversation('c')).toBeDefined()
  })
})

describe('own settings', () => {
  it('[R12] told while an older list is under way stay, and the server is asked once more', async () => {
    const server = world()
    const tab = await online(server)
    const list = server.http.conversations
    let release = () => {}
    server.http.conversations = async () => {
      const answer = await list()
      await new Promise<void>((resolve) => {
        release = resolve
      })
      return answer
    }
    live(server, 'one')
    void tab.client.refresh()
    await settle()
    const marked = server.conversation('c', { ...server.summary('c'), pinned: true, unreadFrom: 1 })
    server.last.push({ type: 'conversation', conversation: server.summary('c') })
    expect(tab.client.conversation('c')).toMatchObject({ pinned: true, unreadFrom: 1 })
    release()
    await settle()
    expect(tab.client.conversation('c')).toMatchObject({ pinned: true, unreadFrom: 1 })
    server.conversation('c', { ...marked, pinned: false })
    await tab.clock.advance(1_300)
    expect(tab.client.conversation('c')).toMatchObject({ pinned: false, unreadFrom: 1 })
  })
})

describe('read on another tab or device', () => {
  it('[R18] counts also when it is told before the summary, which was read earlier, arrives (seed 60792)', async () => {
    const server = world()
    for (let i = 0; i < 5; i++) server.commit('c', `m${i}`)
    const tab = openTab(server)
    const list = server.http.conversations
    let release = () => {}
    server.http.conversations = async () => {
      const answer = await list()
      await new Promise<void>((resolve) => {
        release = resolve
      })
      return answer
    }
    tab.client.start()
    await tab.clock.advance(100)
    server.last.push({ type: 'receipt', conversation: 'c', user: 'me', read: 4, at: 1 })
    release()
    await settle()
    expect(tab.client.conversation('c')).toMatchObject({ readSeq: 4 })
  })
})

describe('receipts to the server', () => {
  it('§8: `read` at most once a second, and again on the next connection while not confirmed', async () => {
    const server = world()
    for (let index = 0; index < 9; index++) server.commit('c', `m${index}`)
    const tab = await online(server)
    for (let seq = 1; seq <= 5; seq++) tab.client.markRead('c', seq)
    expect(server.last.of('read')).toMatchObject([{ seq: 1 }])
    await tab.clock.advance(1_000)
    expect(server.last.of('read')).toMatchObject([{ seq: 1 }, { seq: 5 }])
    server.readSeqs.set('c', 0)
    server.last.drop()
    tab.client.retryNow()
    await tab.clock.advance(1_000)
    expect(server.last.of('read')).toMatchObject([{ seq: 5 }])
    server.last.drop()
    tab.client.retryNow()
    await tab.clock.advance(1_000)
    expect(server.last.of('read')).toEqual([])
  })

  it('[R18] an older markRead sends nothing', async () => {
    const server = world()
    for (let index = 0; index < 9; index++) server.commit('c', `m${index}`)
    const tab = await online(server)
    tab.client.markRead('c', 5)
    tab.client.markRead('c', 2)
    await tab.clock.advance(3_000)
    expect(server.last.of('read')).toMatchObject([{ seq: 5 }])
  })

  it('§8: `delivered` follows storing, whichever conversation is open', async () => {
    const server = world()
    server.conversation('d')
    const tab = await online(server)
    live(server, 'to d', 'd')
    await settle()
    expect(server.last.of('delivered')).toEqual([])
    await tab.clock.advance(1_000)
    expect(server.last.of('delivered')).toEqual([{ type: 'delivered', conversation: 'd', seq: 1 }])
    expect(JSON.stringify(await tab.browser.disk.conversations('me'))).toContain('to d')
    server.last.push({ type: 'receipt', conversation: 'd', user: 'me', delivered: 1, at: 1 })
    server.last.drop()
    tab.client.retryNow()
    await tab.clock.advance(3_000)
    expect(server.last.of('delivered')).toEqual([])
  })

  it('own messages are not delivered to oneself', async () => {
    const tab = await online()
    tab.client.send('c', text('own'))
    await tab.clock.advance(3_000)
    expect(tab.server.last.of('delivered')).toEqual([])
  })
})

describe('receipts of others', () => {
  it('[U-D1] a direct message goes sent → delivered → read', async () => {
    const tab = await online()
    tab.client.send('c', text('hi'))
    await settle()
    expect(tab.states()).toEqual(['sent'])
    tab.server.last.push({ type: 'receipt', conversation: 'c', user: 'ann', delivered: 1, at: 1 })
    expect(tab.states()).toEqual(['delivered'])
    tab.server.last.push({ type: 'receipt', conversation: 'c', user: 'ann', read: 1, at: 1 })
    expect(tab.states()).toEqual(['read'])
    tab.server.last.push({ type: 'receipt', conversation: 'c', user: 'ann', delivered: 0, at: 1 })
    expect(tab.states()).toEqual(['read'])
  })

  it('in a group the ticks wait for everyone; who leaves is not waited for', async () => {
    const server = world()
    const people = ['me', 'ann', 'bo'].map(id => ({ user: { id, username: id, displayName: id }, role: 'member' as const, readSeq: 0, deliveredSeq: 0, state: 'offline' as const }))
    server.conversation('g', { kind: 'group', title: 'G', members: people, memberCount: 3 })
    const tab = await online(server)
    tab.client.send('g', text('all'))
    await settle()
    server.last.push({ type: 'receipt', conversation: 'g', user: 'ann', read: 1, at: 1 })
    expect(tab.states('g')).toEqual(['sent'])
    live(server, { kind: 'member', user: 'bo', change: 'leave' }, 'g')
    expect(tab.states('g')).toEqual(['read'])
    expect(tab.client.conversation('g')).toMatchObject({ memberCount: 2 })
  })
})

describe('list', () => {
  it('[U-C1] pinned first, then the most lately active, an own unsent message included', async () => {
    const server = world()
    server.conversation('a', { createdAt: 3 })
    server.conversation('b', { createdAt: 2 })
    server.conversation('p', { pinned: true })
    const tab = await online(server)
    const ids = () => tab.client.conversations().map(view => view.id)
    expect(ids()).toEqual(['p', 'a', 'b', 'c'])
    live(server, 'hello', 'b')
    expect(ids()).toEqual(['p', 'b', 'a', 'c'])
    server.auto = false
    tab.client.send('c', text('unsent'))
    expect(ids()).toEqual(['p', 'c', 'b', 'a'])
    expect(tab.client.conversation('c')?.last).toMatchObject({ state: 'queued', content: text('unsent') })
  })

  it('labels: title, the other’s name, the own name', async () => {
    const server = world()
    server.conversation('g', { kind: 'group', title: 'Team' })
    const alone = { user: { id: 'me', username: 'me', displayName: 'Me' }, role: 'owner' as const, readSeq: 0, deliveredSeq: 0, state: 'online' as const }
    server.conversation('n', { members: [alone], memberCount: 1 })
    const tab = await online(server)
    expect(['c', 'g', 'n'].map(id => tab.client.conversation(id)?.label)).toEqual(['Ann', 'Team', 'Me'])
  })

  it('`conversation` frames and meta events change it; the last row follows edits and deletions', async () => {
    const server = world()
    const tab = await online(server)
    server.last.push({ type: 'conversation', conversation: server.conversation('new', { kind: 'group', title: 'New' }) })
    expect(tab.client.conversation('new')?.label).toBe('New')
    live(server, { kind: 'meta', title: 'Renamed' }, 'new')
    expect(tab.client.conversation('new')?.label).toBe('Renamed')
    live(server, 'first')
    live(server, { kind: 'edit', target: 1, content: text('edited') })
    expect(tab.client.conversation('c')?.last?.content).toEqual(text('edited'))
    live(server, { kind: 'delete', target: 1 })
    expect(tab.client.conversation('c')?.last).toMatchObject({ deletedBy: 'ann' })
  })

  it('an event of a conversation not known yet has it fetched', async () => {
    const server = world()
    const tab = await online(server)
    server.conversation('late', { kind: 'group', title: 'Late' })
    live(server, 'hello', 'late')
    await tab.clock.advance(100)
    expect(tab.client.conversation('late')).toMatchObject({ label: 'Late', unread: 1 })
    expect(tab.bodies('late')).toEqual(['hello'])
  })

  it('a conversation that was left while away disappears, and its cache with it', async () => {
    const server = world()
    server.conversation('d')
    const tab = await online(server)
    server.last.drop()
    server.summaries.delete('d')
    tab.client.retryNow()
    await tab.clock.advance(2_000)
    expect(tab.client.conversations().map(view => view.id)).toEqual(['c'])
  })

  it('[F26] after a reconnect the list is asked for within a second, not at once', async () => {
    const server = world()
    const tab = await online(server)
    expect(server.calls.filter(call => call === 'conversations')).toHaveLength(1)
    server.last.drop()
    tab.client.retryNow()
    await tab.clock.advance(400)
    expect(server.calls.filter(call => call === 'conversations')).toHaveLength(1)
    await tab.clock.advance(700)
    expect(server.calls.filter(call => call === 'conversations')).toHaveLength(2)
  })
})

describe('people', () => {
  it('names come from members, unknown ids in one call, and are not asked for again and again', async () => {
    const server = world()
    const tab = await online(server)
    expect(tab.client.user('ann')?.displayName).toBe('Ann')
    expect(tab.client.user('x')).toBeUndefined()
    expect(tab.client.user('y')).toBeUndefined()
    await tab.clock.advance(100)
    expect(tab.client.user('x')?.displayName).toBe('X')
    expect(server.calls.filter(call => call.startsWith('users'))).toEqual(['users x,y'])
    server.reachable = false
    for (let look = 0; look < 10; look++) {
      tab.client.user('z')
      await tab.clock.advance(100)
    }
    expect(server.calls.filter(call => call.startsWith('users'))).toHaveLength(2)
  })

  it('§8: typing is told at most every 3 s, shown for 6 s, and ended by the message', async () => {
    const server = world()
    const tab = await online(server)
    for (let key = 0; key < 5; key++) tab.client.setTyping('c', true)
    expect(server.last.of('typing')).toHaveLength(1)
    await tab.clock.advance(3_000)
    tab.client.setTyping('c', true)
    tab.client.setTyping('c', false)
    tab.client.setTyping('c', false)
    expect(server.last.of('typing').map(frame => frame.on)).toEqual([true, true, false])
    server.last.push({ type: 'typing', conversation: 'c', user: 'ann', on: true })
    server.last.push({ type: 'typing', conversation: 'c', user: 'me', on: true })
    expect(tab.client.typing('c')).toEqual(['ann'])
    await tab.clock.advance(6_000)
    expect(tab.client.typing('c')).toEqual([])
    server.last.push({ type: 'typing', conversation: 'c', user: 'ann', on: true })
    live(server, 'there')
    expect(tab.client.typing('c')).toEqual([])
    await tab.clock.advance(100)
    expect(tab.of('typing').map(change => change.users.length)).toEqual([1, 0, 1, 0])
  })

  it('§8: presence from members and frames; own idleness is told again on a new connection', async () => {
    const server = world()
    const tab = await online(server)
    expect(tab.client.presence('ann').state).toBe('offline')
    server.last.push({ type: 'presence', user: 'ann', state: 'online' })
    expect(tab.client.presence('ann')).toEqual({ state: 'online' })
    tab.client.setActive(false)
    tab.client.setActive(false)
    expect(server.last.of('presence')).toEqual([{ type: 'presence', state: 'idle' }])
    server.last.drop()
    tab.client.retryNow()
    await tab.clock.advance(100)
    expect(server.last.of('presence')).toEqual([{ type: 'presence', state: 'idle' }])
  })
})

describe('the stream of changes', () => {
  it('a message of someone else is told once, live; own ones are not', async () => {
    const server = world()
    const tab = await online(server)
    live(server, 'hello')
    push(server, server.log('c')[0]!)
    tab.client.send('c', text('own'))
    await tab.clock.advance(100)
    expect(tab.of('message')).toMatchObject([{ conversation: 'c', live: true, row: { seq: 1, sender: 'ann', mine: false } }])
  })

  it('a listener that throws stops nobody, and unsubscribing works', async () => {
    const tab = await online()
    const off = tab.client.on(() => {
      throw new Error('listener')
    })
    const seen: string[] = []
    const offOther = tab.client.on(change => void seen.push(change.type))
    tab.client.send('c', text('x'))
    await settle()
    expect(seen).toContain('timeline')
    expect(tab.environment.warnings.length).toBeGreaterThan(0)
    off()
    offOther()
    const count = seen.length
    tab.client.send('c', text('y'))
    expect(seen).toHaveLength(count)
  })

  it('dispose leaves no timer and no socket', async () => {
    const tab = await online()
    tab.client.send('c', text('x'))
    tab.client.setTyping('c', true)
    live(tab.server, 'y')
    tab.client.dispose()
    await settle()
    expect(tab.clock.timers).toBe(0)
    expect(tab.server.last.ended).toEqual({ by: 'client', code: 1000 })
    expect(me.id).toBe(tab.client.account.id)
  })
})
