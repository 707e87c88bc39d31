import { describe, expect, it } from 'vitest'
import { createChatClient } from '#parley/client/chat-client.ts'
import { createStillEnvironment } from '#parley/client/still-environment.ts'
import type { Change, ChatClient } from '#parley/client/types.ts'
import type { FirstPaint } from '#parley/shared/first-paint.ts'
import { FakeBrowser, fakeEnvironment, settle } from '#parley/tests/helpers/fake-environment.ts'
import { online, world } from '#parley/tests/helpers/open-tab.ts'
import { me, text } from '#parley/tests/helpers/scripted-server.ts'
import type { ScriptedServer } from '#parley/tests/helpers/scripted-server.ts'

/** What this server would put into a page of 'c' now. */
function paintOf(server: ScriptedServer, change: { around?: number, limit?: number } = {}): FirstPaint {
  const { epoch, ...page } = server.history('c', { limit: 40, ...change })
  return { epoch, account: me, at: 5_000, conversations: [server.summary('c')], users: [], opened: 'c', page }
}

const bodiesOf = (client: ChatClient) => client.timeline('c').rows.map(row => row.kind === 'message' && row.content?.type === 'text' ? row.content.text : '')

/** A page that came with a first view, on a device that may hold something already. */
function openPage(server: ScriptedServer, firstPaint: FirstPaint, browser = new FakeBrowser()) {
  const environment = fakeEnvironment(server, { browser })
  let live = (): void => undefined
  const alive = new Promise<void>((resolve) => {
    live = resolve
  })
  const client = createChatClient({ account: me, environment, firstPaint, alive })
  const changes: Change[] = []
  client.on(change => void changes.push(change))
  client.open('c')
  client.start()
  return { client, environment, clock: environment.clock, changes, live: () => live(), bodies: () => bodiesOf(client), unread: () => client.conversation('c')?.unread }
}

/** A device that has had 'c' open and was closed. */
async function deviceThatSaw(server: ScriptedServer, browser = new FakeBrowser()) {
  const tab = await online(server, browser)
  await tab.clock.advance(3_000)
  tab.client.dispose()
  await settle()
  return browser
}

describe('a page that the server rendered', () => {
  it('shows the same on the server and in the browser, and changes nothing by itself until it is alive', async () => {
    const server = world()
    for (const word of ['one', 'two', 'three']) server.commit('c', word)
    const firstPaint = paintOf(server)
    const still = createChatClient({ account: me, environment: createStillEnvironment(firstPaint.at), firstPaint })
    const page = openPage(server, firstPaint)
    expect(page.bodies()).toEqual(['one', 'two', 'three'])
    expect([page.client.timeline('c'), page.client.conversations()]).toEqual([still.timeline('c'), still.conversations()])
    await page.clock.advance(10_000)
    expect([page.changes, server.sockets]).toEqual([[], []])
    page.live()
    await page.clock.advance(1_000)
    expect(page.client.connection().name).toBe('online')
    expect(page.bodies()).toEqual(['one', 'two', 'three'])
  })

  it('goes on from there: what was written since comes once, and counts once (R12)', async () => {
    const server = world()
    server.commit('c', 'before')
    const page = openPage(server, paintOf(server))
    server.commit('c', 'since')
    page.live()
    await page.clock.advance(5_000)
    expect([page.bodies(), page.unread()]).toEqual([['before', 'since'], 2])
    expect(page.changes.filter(change => change.type === 'message')).toHaveLength(1)
  })

  it('takes what lies above from the device when both have come as far', async () => {
    const server = world()
    for (let n = 1; n <= 30; n++) server.commit('c', `${n}`)
    const browser = await deviceThatSaw(server)
    const page = openPage(server, paintOf(server, { limit: 10 }), browser)
    expect(page.bodies()).toHaveLength(10)
    server.reachable = false
    page.live()
    await page.clock.advance(500)
    expect(page.bodies()).toHaveLength(30)
  })

  it('an older page never takes the device back: neither its cursor, nor what was read there (R12, R18)', async () => {
    const server = world()
    server.commit('c', 'one')
    const old = paintOf(server)
    server.commit('c', 'two')
    const tab = await online(server)
    tab.client.markRead('c', 2)
    await tab.clock.advance(3_000)
    tab.client.dispose()
    await settle()
    const page = openPage(server, old, tab.browser)
    expect([page.bodies(), page.unread()]).toEqual([['one'], 1])
    page.live()
    await page.clock.advance(20)
    expect([page.bodies(), page.unread()]).toEqual([['one', 'two'], 0])
    await page.clock.advance(5_000)
    expect([page.bodies(), page.unread()]).toEqual([['one', 'two'], 0])
    expect(page.changes.filter(change => change.type === 'message')).toEqual([])
  })

  it('a newer page than the device replaces what that kept, which could have been edited since', async () => {
    const server = world()
    server.commit('c', 'as first written')
    const browser = await deviceThatSaw(server)
    server.commit('c', { kind: 'edit', target: 1, content: text('as edited') })
    server.commit('c', 'new')
    const page = openPage(server, paintOf(server), browser)
    page.live()
    await page.clock.advance(5_000)
    expect([page.bodies(), page.unread()]).toEqual([['as edited', 'new'], 2])
  })

  it('[W4] of another history than the device is not believed before a welcome says so', async () => {
    const server = world()
    server.commit('c', 'of the device')
    const browser = await deviceThatSaw(server)
    const strange: FirstPaint = { ...paintOf(server), epoch: 'another' }
    const page = openPage(server, { ...strange, page: { ...strange.page!, messages: strange.page!.messages.map(message => ({ ...message, content: text('of the page') })) } }, browser)
    expect(page.bodies()).toEqual(['of the page'])
    page.live()
    await page.clock.advance(20)
    expect(page.bodies()).toEqual(['of the device'])
  })

  it('[R7] an own message that the page shows already is not shown again by the outbox; what waits there comes after it, in order', async () => {
    const server = world()
    const first = await online(server)
    server.answer = (op) => {
      server.commitOp(op)
      return false
    }
    first.client.send('c', text('stored, never acknowledged'))
    await first.clock.advance(50)
    server.answer = () => false
    for (const word of ['waits', 'waits too']) first.client.send('c', text(word))
    await first.clock.advance(50)
    first.client.dispose()
    server.answer = () => true
    const page = openPage(server, paintOf(server), first.browser)
    expect(page.bodies()).toEqual(['stored, never acknowledged'])
    page.live()
    await page.clock.advance(20)
    expect(page.bodies()).toEqual(['stored, never acknowledged', 'waits', 'waits too'])
    await page.clock.advance(5_000)
    expect(server.log('c')).toHaveLength(3)
    expect(page.client.pending()).toBe(0)
  })

  it('(U-S7) a page around a message keeps its window, and leads on to the present', async () => {
    const server = world()
    for (let n = 1; n <= 90; n++) server.commit('c', `${n}`)
    const page = openPage(server, paintOf(server, { around: 30, limit: 20 }))
    page.live()
    await page.clock.advance(2_000)
    expect(page.bodies()).toContain('30')
    expect([page.client.timeline('c').hasNewer, page.bodies().includes('90')]).toEqual([true, false])
    await page.client.jumpToPresent('c')
    expect(page.bodies().at(-1)).toBe('90')
  })
})
