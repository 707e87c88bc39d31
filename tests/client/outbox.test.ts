import { describe, expect, it } from 'vitest'
import { DeviceStorageError } from '#parley/client/environment.ts'
import type { StoredOp } from '#parley/client/environment.ts'
import { FakeBrowser, settle } from '#parley/tests/helpers/fake-environment.ts'
import { online, openTab, world } from '#parley/tests/helpers/open-tab.ts'
import { text } from '#parley/tests/helpers/scripted-server.ts'
import type { ScriptedServer, ServerEnd } from '#parley/tests/helpers/scripted-server.ts'

const cid = '01890000-0000-7000-8000-000000000001'

/** An op of this account that an earlier page left on the disk. */
const leftOver = (op: Record<string, unknown> = { type: 'send', content: text('once') }) => ({ account: 'me', cid, conversation: 'c', op, madeAt: 1 }) as StoredOp

const reject = (end: ServerEnd, rejected: string) => end.push({ type: 'reject', cid: rejected, conversation: 'c', code: 'forbidden', message: '' })
const rejectAll = (server: ScriptedServer) => {
  server.answer = (op, end) => {
    reject(end, op.cid)
    return false
  }
}

/** From now on each look at the disk sees what lies there now, and its answer waits for `release`, which answers the oldest one. */
function slowReads(browser: FakeBrowser) {
  const { disk } = browser
  const read = disk.ops.bind(disk)
  const waiting: (() => void)[] = []
  disk.ops = async (account) => {
    const rows = await read(account)
    await new Promise<void>(resolve => void waiting.push(resolve))
    return rows
  }
  return {
    waiting,
    async release() {
      waiting.shift()?.()
      await settle()
    },
    stop() {
      disk.ops = read
      for (const go of waiting.splice(0)) go()
    },
  }
}

/** From now on the disk is read, but what failed or is tried again cannot be noted there. */
function noUpdates(browser: FakeBrowser): void {
  browser.disk.updateOp = () => Promise.reject(new DeviceStorageError('quota'))
}

describe('a refused reaction', () => {
  it('[S4] that a page left on the disk as it died is not drawn, and goes (seed 926)', async () => {
    const server = world()
    const browser = new FakeBrowser()
    server.commit('c', { kind: 'message', content: text('once') })
    await browser.disk.putOp({ ...leftOver({ type: 'react', target: 1, emoji: '👍', on: true }), failure: 'bad_target' })
    const tab = await online(server, browser)
    expect(tab.rows()).toMatchObject([{ seq: 1, reactions: [] }])
    expect(server.last.ops).toEqual([])
    expect(await browser.disk.ops('me')).toEqual([])
  })

  it('[S4] that another tab has not taken away yet is not drawn', async () => {
    const server = world()
    server.commit('c', { kind: 'message', content: text('once') })
    const tab = await online(server)
    server.auto = false
    const { cid: made } = await reactThere(tab)
    await tab.browser.disk.updateOp('me', made, { failure: 'bad_target' })
    tab.environment.signal('visible')
    await settle()
    expect(tab.rows()).toMatchObject([{ seq: 1, reactions: [] }])
  })
})

/** A reaction of another tab, which this one has taken over from the disk. */
async function reactThere(tab: Awaited<ReturnType<typeof online>>) {
  tab.server.last.drop()
  await tab.browser.disk.putOp(leftOver({ type: 'react', target: 1, emoji: '👍', on: true }))
  tab.environment.signal('visible')
  await settle()
  expect(tab.rows()).toMatchObject([{ seq: 1, reactions: [{ emoji: '👍' }] }])
  return { cid }
}

describe('what the log is known to hold', () => {
  /** A page that could not read its disk at start, on which an acknowledged op was left. */
  async function blindStart() {
    const server = world()
    const browser = new FakeBrowser()
    await browser.disk.putOp(leftOver())
    server.commit('c', { kind: 'message', sender: 'me', cid, content: text('once') })
    browser.disk.failure = 'unavailable'
    const tab = await online(server, browser)
    expect(tab.rows()).toMatchObject([{ cid, seq: 1, state: 'sent' }])
    return tab
  }

  it('[U-D1] [S3] is not shown as unsent, nor sent, although its row has left the page meanwhile (sim seed 5394)', async () => {
    const tab = await blindStart()
    tab.server.summaries.delete('c')
    tab.server.last.push({ type: 'removed', conversation: 'c' })
    await settle()
    expect(tab.rows()).toEqual([])
    tab.browser.disk.failure = undefined
    tab.environment.signal('visible')
    await settle()
    expect(tab.rows()).toEqual([])
    expect(tab.server.last.ops).toEqual([])
    expect(await tab.browser.disk.ops('me')).toEqual([])
  })

  it('[S3] a change too, which has no row of its own', async () => {
    const server = world()
    const browser = new FakeBrowser()
    await browser.disk.putOp(leftOver({ type: 'edit', target: 1, content: text('twice') }))
    server.commit('c', { kind: 'message', sender: 'me', content: text('once') })
    browser.disk.failure = 'unavailable'
    const tab = await online(server, browser)
    const event = server.commit('c', { kind: 'edit', sender: 'me', cid, target: 1, content: text('twice') })
    server.last.push({ type: 'event', conversation: 'c', event })
    await settle()
    browser.disk.failure = undefined
    tab.environment.signal('visible')
    expect(tab.bodies()).toEqual(['twice'])
    await settle()
    expect(tab.rows()[0]).not.toHaveProperty('changing')
    expect(server.last.ops).toEqual([])
    expect(await browser.disk.ops('me')).toEqual([])
  })

  it('[W3] a row that the device kept counts as known, without any connection', async () => {
    const first = await online()
    const { cid: sent } = first.client.send('c', text('kept'))
    await first.clock.advance(1_000)
    first.client.dispose()
    await settle()
    await first.browser.disk.putOp({ ...leftOver(), cid: sent })
    first.browser.disk.failure = 'unavailable'
    const tab = await online(first.server, first.browser)
    tab.server.last.push({ type: 'removed', conversation: 'c' })
    await settle()
    first.browser.disk.failure = undefined
    tab.environment.signal('visible')
    await settle()
    expect(tab.server.last.ops).toEqual([])
    expect(await first.browser.disk.ops('me')).toEqual([])
  })

  it('[U-D1] [W3] even where a page that comes to sight looks at the outbox first (sim seed 19)', async () => {
    const first = await online()
    const { cid: sent } = first.client.send('c', text('kept'))
    await first.clock.advance(1_000)
    first.client.dispose()
    await settle()
    const { disk } = first.browser
    await disk.putOp({ ...leftOver(), cid: sent })
    const read = disk.conversations.bind(disk)
    let release: () => void = () => {}
    const gate = new Promise<void>(resolve => void (release = resolve))
    disk.conversations = account => gate.then(() => read(account))
    first.server.auto = false
    const tab = openTab(first.server, first.browser)
    tab.client.start()
    tab.environment.signal('visible')
    await settle()
    release()
    await tab.clock.advance(100)
    expect(tab.rows()).toMatchObject([{ cid: sent, seq: 1 }])
    expect(tab.client.pending()).toBe(0)
    expect(await disk.ops('me')).toEqual([])
  })

  it('[F40] [U-D1] what the disk could not delete goes with the next that it can', async () => {
    const tab = await online()
    const { disk } = tab.browser
    const remove = disk.deleteOps.bind(disk)
    disk.deleteOps = () => Promise.reject(new DeviceStorageError('unavailable'))
    tab.client.send('c', text('a'))
    await settle()
    expect(tab.states()).toEqual(['sent'])
    expect(await disk.ops('me')).toHaveLength(1)
    disk.deleteOps = remove
    tab.client.send('c', text('b'))
    await settle()
    expect(await disk.ops('me')).toEqual([])
  })

  it('[W4] [R16] is forgotten with the history: what waits on the disk is sent into the new one', async () => {
    const tab = await blindStart()
    tab.server.epoch = 'epoch-2'
    tab.server.logs.set('c', [])
    tab.server.last.drop()
    await tab.clock.advance(2_000)
    tab.browser.disk.failure = undefined
    tab.environment.signal('visible')
    await settle()
    expect(tab.server.log('c')).toMatchObject([{ cid }])
    expect(tab.rows()).toMatchObject([{ cid, seq: 1, state: 'sent' }])
    expect(await tab.browser.disk.ops('me')).toEqual([])
  })
})

describe('a refused op that another tab tries again', () => {
  /** Two tabs that show a refused op, which the first one has tried again; its answer is awaited. */
  async function retriedElsewhere() {
    const server = world()
    const first = await online(server)
    const second = await online(server, first.browser)
    const ofSecond = server.last
    rejectAll(server)
    const { cid: sent } = first.client.send('c', text('no'))
    await settle()
    expect([...first.states(), ...second.states()]).toEqual(['failed', 'failed'])
    server.answer = () => false
    const reads = slowReads(first.browser)
    first.client.retry(sent)
    await settle()
    second.environment.signal('visible')
    await settle()
    expect(second.states()).toEqual(['failed'])
    return { server, first, second, ofSecond, reads }
  }

  it('[S4] goes out here as well, once: an older look at the disk does not undo the answer (sim seed 2, extreme plan)', async () => {
    const { server, second, ofSecond, reads } = await retriedElsewhere()
    rejectAll(server)
    await reads.release()
    expect(second.states()).toEqual(['failed'])
    expect(ofSecond.ops).toHaveLength(1)
    await reads.release()
    expect(second.states()).toEqual(['failed'])
    expect(ofSecond.ops).toHaveLength(1)
  })

  it('[S4] [F40] nor does a disk that could not take the answer down', async () => {
    const { server, second, ofSecond, reads } = await retriedElsewhere()
    rejectAll(server)
    noUpdates(second.browser)
    reads.stop()
    await settle()
    for (let look = 0; look < 3; look++) {
      second.environment.signal('visible')
      await settle()
    }
    expect(second.states()).toEqual(['failed'])
    expect(ofSecond.ops).toHaveLength(1)
  })
})

describe('an op that another tab had refused', () => {
  it('[S4] is refused here too, although the link came and went during the look', async () => {
    const server = world()
    const first = await online(server)
    const second = await online(server, first.browser)
    const [ofFirst, ofSecond] = server.sockets as [ServerEnd, ServerEnd]
    server.answer = () => false
    const { cid: sent } = first.client.send('c', text('no'))
    await settle()
    ofSecond.drop()
    const reads = slowReads(first.browser)
    reject(ofFirst, sent)
    await settle()
    expect(reads.waiting).toHaveLength(1)
    second.client.retryNow()
    await second.clock.advance(10)
    expect(server.last.ops).toMatchObject([{ cid: sent }])
    server.last.drop()
    await reads.release()
    await reads.release()
    expect(second.states()).toEqual(['failed'])
  })
})

describe('a discarded op', () => {
  async function refused() {
    const tab = await online()
    rejectAll(tab.server)
    const { cid: sent } = tab.client.send('c', text('no'))
    await settle()
    return { tab, sent }
  }

  it('stays away when a look at the disk was under way, in every tab', async () => {
    const { tab, sent } = await refused()
    const other = await online(tab.server, tab.browser)
    const reads = slowReads(tab.browser)
    for (const each of [tab, other]) each.environment.signal('visible')
    await settle()
    tab.client.discard(sent)
    await settle()
    await reads.release()
    await reads.release()
    expect([...tab.rows(), ...other.rows()]).toEqual([])
    reads.stop()
    await settle()
    expect(await tab.browser.disk.ops('me')).toEqual([])
  })

  it('[F40] and when the disk could not delete it, from where it goes later', async () => {
    const { tab, sent } = await refused()
    const remove = tab.browser.disk.deleteOps.bind(tab.browser.disk)
    tab.browser.disk.deleteOps = () => Promise.reject(new DeviceStorageError('unavailable'))
    tab.client.discard(sent)
    await settle()
    tab.browser.disk.deleteOps = remove
    tab.environment.signal('visible')
    await settle()
    expect(tab.rows()).toEqual([])
    expect(await tab.browser.disk.ops('me')).toEqual([])
  })
})

describe('looks at the disk', () => {
  it('a burst of hints costs two', async () => {
    const first = await online()
    first.server.answer = () => false
    const second = await online(first.server, first.browser)
    let looks = 0
    const read = first.browser.disk.ops.bind(first.browser.disk)
    first.browser.disk.ops = (account) => {
      looks++
      return read(account)
    }
    for (let hint = 0; hint < 10; hint++) second.environment.signal('visible')
    await settle()
    expect(looks).toBe(2)
  })
})

describe('a refused op that is tried again here', () => {
  async function refused() {
    const tab = await online()
    rejectAll(tab.server)
    const { cid: sent } = tab.client.send('c', text('no'))
    await settle()
    tab.server.auto = false
    tab.server.last.drop()
    return { tab, sent }
  }

  it('[S4] stays so when a look at the disk was under way', async () => {
    const { tab, sent } = await refused()
    const reads = slowReads(tab.browser)
    tab.environment.signal('visible')
    await settle()
    tab.client.retry(sent)
    await reads.release()
    expect(tab.states()).toEqual(['queued'])
  })

  it('[S4] [F40] and when the disk cannot take it down', async () => {
    const { tab, sent } = await refused()
    noUpdates(tab.browser)
    tab.client.retry(sent)
    await settle()
    tab.environment.signal('visible')
    await settle()
    expect(tab.states()).toEqual(['queued'])
  })
})

describe('a disk that was full', () => {
  it('[F40] [S6] takes what it could not with the next op, and in front of it: another tab sends what it finds (sim seed 101038)', async () => {
    const tab = await online()
    tab.server.last.drop()
    const { disk } = tab.browser
    disk.failure = 'quota'
    const cids = ['a', 'b'].map(word => tab.client.send('c', text(word)).cid)
    await settle()
    disk.failure = undefined
    cids.push(tab.client.send('c', text('c')).cid)
    await settle()
    expect((await disk.ops('me')).map(row => row.cid)).toEqual(cids)
    expect(tab.bodies()).toEqual(['a', 'b', 'c'])
  })

  it('[F40] [F43] [S6] also what it could not take back after it was cleared', async () => {
    const tab = await online()
    tab.server.last.drop()
    const { disk } = tab.browser
    const cids = [tab.client.send('c', text('a')).cid]
    await settle()
    disk.failure = 'quota'
    disk.lose('cleared')
    await settle()
    disk.failure = undefined
    cids.push(tab.client.send('c', text('b')).cid)
    await settle()
    expect((await disk.ops('me')).map(row => row.cid)).toEqual(cids)
    tab.client.retryNow()
    await tab.clock.advance(2_000)
    expect(tab.bodies()).toEqual(['a', 'b'])
    expect(await disk.ops('me')).toEqual([])
  })
})

describe('a disk that is cleared', () => {
  it('[F43] [S6] what was pressed before goes first, though an empty disk numbers from the start, and is on it again', async () => {
    const tab = await online()
    tab.server.last.drop()
    for (const word of ['a', 'b']) tab.client.send('c', text(word))
    await settle()
    tab.browser.disk.lose('cleared')
    tab.client.send('c', text('c'))
    await settle()
    expect((await tab.browser.disk.ops('me')).map(({ op }) => op.content)).toEqual(['a', 'b', 'c'].map(text))
    tab.client.retryNow()
    await tab.clock.advance(2_000)
    expect(tab.bodies()).toEqual(['a', 'b', 'c'])
    expect(tab.states()).toEqual(['sent', 'sent', 'sent'])
    expect(await tab.browser.disk.ops('me')).toEqual([])
  })

  it('[F43] [S6] an op whose own write was under way stays behind those made before it', async () => {
    const tab = await online()
    tab.server.last.drop()
    tab.client.send('c', text('a'))
    await settle()
    let release: () => void = () => {}
    tab.browser.disk.gate = new Promise((resolve) => {
      release = resolve
    })
    tab.client.send('c', text('b'))
    tab.browser.disk.lose('cleared')
    release()
    await settle()
    // On the disk too: another tab may be opened, and send what it finds there (seed 2 of a short memory).
    expect((await tab.browser.disk.ops('me')).map(({ op }) => op.content)).toEqual(['a', 'b'].map(text))
    tab.client.retryNow()
    await tab.clock.advance(2_000)
    expect(tab.bodies()).toEqual(['a', 'b'])
  })

  it('[F43] [S6] is filled again at once, or not at all, should the page die meanwhile (sim seed 2, short memory)', async () => {
    const tab = await online()
    tab.server.last.drop()
    const [older, newer] = ['a', 'b'].map(word => tab.client.send('c', text(word)).cid)
    await settle()
    const { disk } = tab.browser
    const put = disk.putOp.bind(disk)
    // Of what a dying page asks for, any part may be done.
    disk.putOp = op => op.cid === older ? new Promise(() => {}) : put(op)
    disk.lose('cleared')
    await settle()
    expect([[], [older, newer]]).toContainEqual((await disk.ops('me')).map(row => row.cid))
  })

  it('[F43] takes nothing that was refused from the screen, though a look was under way', async () => {
    const tab = await online()
    rejectAll(tab.server)
    tab.client.send('c', text('no'))
    await settle()
    const { disk } = tab.browser
    const read = disk.ops.bind(disk)
    let release: () => void = () => {}
    const gate = new Promise<void>(resolve => void (release = resolve))
    disk.ops = account => gate.then(() => read(account))
    tab.environment.signal('visible')
    await settle()
    disk.gate = gate
    disk.lose('cleared')
    release()
    await settle()
    expect(tab.states()).toEqual(['failed'])
    expect(await disk.ops('me')).toMatchObject([{ failure: 'forbidden' }])
  })

  it('[F43] [S4] an op that was refused still stands there with its failure', async () => {
    const tab = await online()
    rejectAll(tab.server)
    tab.client.send('c', text('no'))
    await settle()
    tab.browser.disk.lose('cleared')
    await settle()
    await tab.clock.advance(20_000)
    expect(tab.states()).toEqual(['failed'])
    expect(await tab.browser.disk.ops('me')).toMatchObject([{ failure: 'forbidden' }])
  })

  it('[F43] [S4] of two tabs that put an op back, the one that knows of its refusal is right (seed 21030)', async () => {
    const server = world()
    const browser = new FakeBrowser()
    const first = await online(server, browser)
    server.last.drop()
    first.client.send('c', text('no'))
    await settle()
    browser.deaf = true
    const { updateOp } = browser.disk
    noUpdates(browser)
    rejectAll(server)
    const second = await online(server, browser)
    await second.clock.advance(20_000)
    expect([first.states(), second.states()]).toEqual([['queued'], ['failed']])
    const sent = () => server.sockets.reduce((count, end) => count + end.ops.length, 0)
    const before = sent()
    browser.disk.updateOp = updateOp
    browser.disk.lose('cleared')
    await settle()
    for (const tab of [first, second]) tab.environment.signal('visible')
    await settle()
    expect([first.states(), second.states()]).toEqual([['failed'], ['failed']])
    expect(sent()).toBe(before)
    expect(await browser.disk.ops('me')).toMatchObject([{ failure: 'forbidden' }])
  })
})
