import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { faultWorld } from '#parley/tests/helpers/fault-world.ts'
import { goodPassword, HttpClient } from '#parley/tests/helpers/http-client.ts'
import { dial } from '#parley/tests/helpers/socket-client.ts'

/** Log-ins, membership, versions and single messages that go wrong, as pages show it. */
const factor = 5

describe('log-ins', () => {
  test('[F50, A1, A2] a ticket older than 30 s is refused with 4401', async () => {
    const world = await faultWorld(['ann'], { factor: 10 })
    const token = await world.users[0]!.ticket()
    await setTimeout(31_000 / 10)
    expect((await dial(world.server.url, { token }).closed).code).toBe(4401)
  })

  test('[F50, A2] a page whose ticket is no good any more gets another one, and nobody notices', async () => {
    const world = await faultWorld(['ann'], { factor })
    const used = await world.users[0]!.ticket()
    const first = dial(world.server.url, { token: used })
    await first.next('welcome')
    await first.close()
    let calls = 0
    const ann = await world.page(0, {
      environment: ({ http }) => ({ http: { ...http, ticket: async signal => calls++ === 0 ? { kind: 'ticket', token: used } : http.ticket(signal) } }),
    })
    expect(calls).toBe(2)
    expect(ann.states.map(({ state }) => state.name)).not.toContain('signed-out')
    await world.judge()
  })

  test('[F51] the login runs out while connected: nothing visible until the next connection, which asks to log in and keeps what waits', async () => {
    const world = await faultWorld(['ann', 'ben'], { factor })
    const ann = await world.page(0)
    const ben = await world.page(1)
    const database = new DatabaseSync(join(world.server.dataDir, 'parley.db'))
    database.prepare('update logins set expires_at = 1 where user = (select num from users where id = ?)').run(ann.account.id)
    database.close()
    ann.say(world.room, 'still talking')
    await ben.until(() => ben.texts(world.room).length === 1, 'the message')
    ben.say(world.room, 'still heard')
    await ann.until(() => ann.texts(world.room).length === 2, 'the answer')
    await setTimeout(30_000 / factor)
    expect(ann.waits()).toEqual([])
    world.proxy.sockets[0]!.drop()
    await ann.until(() => ann.client.connection().name === 'signed-out', 'the question')
    ann.say(world.room, 'kept')
    expect(ann.sendStates(world.room).at(-1)).toBe('queued')
  })

  test('[F52, A5] the password is changed elsewhere: every page of the other login is signed out within 2 s, and keeps its outbox', async () => {
    const world = await faultWorld(['ann'])
    const pages = [await world.page(0), await world.page(0)]
    const other = new HttpClient(world.server.url)
    await other.need('POST', '/api/auth/login', { username: 'ann', password: goodPassword })
    const at = performance.now()
    await other.need('POST', '/api/me/password', { current: goodPassword, password: 'roses in december' })
    for (const page of pages) await page.until(() => page.client.connection().name === 'signed-out', 'the sign-out')
    expect(performance.now() - at).toBeLessThan(2_000)
    expect(pages[0]!.client.connection()).toEqual({ name: 'signed-out', reason: 'revoked' })
    pages[0]!.say(world.room, 'kept')
    expect(pages[0]!.client.pending()).toBe(1)
  })

  test.each(['ticket', 'upgrade', 'welcome'])('[F54] log-out while the %s is on its way: no socket is left or opens later', async (step) => {
    const world = await faultWorld(['ann'], { factor, build: 'test', env: step === 'welcome' ? { PARLEY_FAILPOINTS: 'before-heads:delay=500' } : {} })
    if (step !== 'welcome') world.proxy.delay(300)
    const ann = await world.begin()
    const reached = () => step === 'ticket' ? world.proxy.links.length > 0 : world.proxy.sockets.length > 0
    await ann.until(reached, step)
    await setTimeout(step === 'welcome' ? 200 : 50)
    await ann.client.erase()
    await setTimeout(2_500)
    expect(world.proxy.sockets).toEqual([])
    expect(ann.online).toBe(false)
    expect(JSON.stringify(await world.users[0]!.need('GET', '/api/me/connections'))).not.toContain('headless')
  })
})

describe('membership', () => {
  test('[F53, S4, O6] removed from the group while typing: that message fails visibly, and nothing more arrives', async () => {
    const world = await faultWorld(['ann', 'ben'], { factor })
    const [owner, member] = world.users
    const ben = await world.page(1)
    const ann = await world.page(0)
    // What ben sends is late, so that the removal is committed first, as when both act at the same time.
    world.proxy.sockets[0]!.delay(400, { direction: 'up' })
    const cid = ben.say(world.room, 'too late')
    await owner!.need('DELETE', `/api/conversations/${world.room}/members/${member!.account.id}`)
    await ben.until(() => ben.changes.some(({ change }) => change.type === 'refused' && change.cid === cid && change.code === 'not_found'), 'the failure')
    await ben.until(() => ben.changes.some(({ change }) => change.type === 'notice' && change.code === 'removed'), 'the notice')
    const seen = ben.changes.length
    ann.say(world.room, 'among ourselves')
    await ann.until(() => ann.allSent(world.room, 1), '✓')
    await setTimeout(500)
    expect(ben.texts(world.room)).not.toContain('among ourselves')
    expect(ben.changes.slice(seen).filter(({ change }) => change.type === 'message')).toEqual([])
    expect(ben.client.pending()).toBe(0)
  })

  test('[F6, W1, R1] a message is committed while another opens: shown once', async () => {
    const world = await faultWorld(['ann', 'ben'], { factor, build: 'test', env: { PARLEY_FAILPOINTS: 'before-heads:delay=600:2' } })
    const ann = await world.page(0)
    const ben = await world.begin(1)
    await setTimeout(250)
    ann.say(world.room, 'in between')
    await ann.until(() => ann.allSent(world.room, 1), '✓')
    expect(ben.online).toBe(false)
    await ben.untilOnline()
    await ben.until(() => ben.texts(world.room).length === 1, 'the message')
    await world.judge()
  })
})

describe('messages and versions', () => {
  test('[F46, T4] a message that fits no frame fails by itself; the next ones go', async () => {
    const world = await faultWorld(['ann', 'ben'])
    const ann = await world.page(0)
    const ben = await world.page(1)
    ann.say(world.room, 'before')
    ann.client.send(world.room, { type: 'custom', name: 'board', data: { text: 'z'.repeat(70_000) }, text: 'a board' })
    ann.say(world.room, 'after')
    await ben.until(() => ben.texts(world.room).length === 2, 'the other two')
    await ann.until(() => ann.client.pending() === 0, 'nothing pending')
    expect(ann.rows(world.room).map(row => [row.state, row.failure])).toEqual([['sent', undefined], ['sent', undefined], ['failed', 'too_long']])
    expect(ann.waits()).toEqual([])
    expect(ben.texts(world.room)).toEqual(['before', 'after'])
  })

  test('[F55, T2] a page of another version: asked to reload, nothing is tried again, and the outbox survives it', async () => {
    const world = await faultWorld(['ann', 'ben'], { factor })
    const ben = await world.page(1)
    const old = await world.begin(0, { environment: ({ openSocket }) => ({ openSocket: (url, _protocols, handlers) => openSocket(url, ['parley.v0'], handlers) }) })
    await old.until(() => old.client.connection().name === 'closed', 'the prompt')
    expect(old.client.connection()).toEqual({ name: 'closed', reason: 'version' })
    expect(old.changes.some(({ change }) => change.type === 'notice' && change.code === 'update_available')).toBe(true)
    const upgrades = world.proxy.upgradeTimes.length
    old.say(world.room, 'written before the reload')
    await setTimeout(5_000 / factor)
    expect(world.proxy.upgradeTimes.length).toBe(upgrades)
    const storage = await old.leave()
    const fresh = await world.page(0, { storage })
    await fresh.until(() => fresh.allSent(world.room, 1), '✓')
    await ben.until(() => ben.texts(world.room).length === 1, 'the message')
    await world.judge()
  })
})
