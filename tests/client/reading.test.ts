import { describe, expect, it } from 'vitest'
import type { DeliveryState, MessageRow } from '#parley/client/types.ts'
import { stepsOf } from '#parley/composables/reading/delivery-steps.ts'
import { settle } from '#parley/tests/helpers/fake-environment.ts'
import { online, openTab, world } from '#parley/tests/helpers/open-tab.ts'
import { text } from '#parley/tests/helpers/scripted-server.ts'
import type { ScriptedServer } from '#parley/tests/helpers/scripted-server.ts'

type Tab = Awaited<ReturnType<typeof online>>

const live = (server: ScriptedServer, body: Parameters<ScriptedServer['commit']>[1]) =>
  server.last.push({ type: 'event', conversation: 'c', event: server.commit('c', body) })
const receipt = (tab: Tab, marks: { read?: number, delivered?: number }) => tab.server.last.push({ type: 'receipt', conversation: 'c', user: 'ann', at: 1, ...marks })

/** Ways to bring the one own message of a tab into each state. The server swallows ops; seq 1 is someone else's. */
const reach: Record<DeliveryState, (tab: Tab) => Promise<void>> = {
  async queued(tab) {
    tab.server.last.drop()
    tab.client.send('c', text('mine'))
    await settle()
  },
  async sending(tab) {
    tab.client.send('c', text('mine'))
    await settle()
  },
  async sent(tab) {
    await reach.sending(tab)
    await events.ack(tab)
  },
  async delivered(tab) {
    await reach.sent(tab)
    receipt(tab, { delivered: 2 })
  },
  async read(tab) {
    await reach.sent(tab)
    receipt(tab, { read: 2 })
  },
  async failed(tab) {
    await reach.sending(tab)
    await events.reject(tab)
  },
}

const own = (tab: Tab): MessageRow => tab.rows().find(row => row.mine)!
/** The event of the own message in the log: committed once, whatever is asked. */
function committed(tab: Tab) {
  const { cid } = own(tab)
  return tab.server.log('c').find(event => event.cid === cid) ?? tab.server.commit('c', { kind: 'message', content: text('mine'), sender: 'me', cid })
}

const events = {
  async linkLost(tab: Tab) {
    tab.server.last.drop()
    await settle()
  },
  async reconnect(tab: Tab) {
    tab.client.retryNow()
    await tab.clock.advance(100)
  },
  async ack(tab: Tab) {
    const { cid, seq, at } = committed(tab)
    tab.server.last.push({ type: 'ack', cid, conversation: 'c', seq, at })
    await settle()
  },
  async echo(tab: Tab) {
    tab.server.last.push({ type: 'event', conversation: 'c', event: committed(tab) })
    await settle()
  },
  async reject(tab: Tab) {
    tab.server.last.push({ type: 'reject', cid: own(tab).cid, conversation: 'c', code: 'forbidden', message: '' })
    await settle()
  },
  delivered: async (tab: Tab) => receipt(tab, { delivered: 2 }),
  read: async (tab: Tab) => receipt(tab, { read: 2 }),
  olderReceipt: async (tab: Tab) => receipt(tab, { read: 1, delivered: 1 }),
  async olderSummary(tab: Tab) {
    tab.server.last.push({ type: 'conversation', conversation: { ...tab.server.summary('c'), head: 1 } })
    await settle()
  },
  async retry(tab: Tab) {
    tab.client.retry(own(tab).cid)
    await settle()
  },
} satisfies Record<string, (tab: Tab) => Promise<void>>

type EventName = keyof typeof events
const stays = (state: DeliveryState): Partial<Record<EventName, DeliveryState>> => Object.fromEntries(Object.keys(events).map(name => [name, state]))

/** Every state and everything that can happen in it. What comes twice, late, or over a link that is gone is there too. */
const table: Record<DeliveryState, Partial<Record<EventName, DeliveryState>>> = {
  queued: { ...stays('queued'), reconnect: 'sending' },
  sending: { ...stays('sending'), linkLost: 'queued', ack: 'sent', echo: 'sent', reject: 'failed' },
  sent: { ...stays('sent'), delivered: 'delivered', read: 'read' },
  delivered: { ...stays('delivered'), read: 'read' },
  read: stays('read'),
  failed: { ...stays('failed'), ack: 'sent', echo: 'sent', retry: 'sending' },
}
const cases = Object.entries(table).flatMap(([from, row]) => Object.entries(row).map(([event, to]) => [from as DeliveryState, event as EventName, to] as const))
const backwards = 'sending linkLost'
const rank: Record<DeliveryState, number> = { queued: 1, sending: 2, failed: 2, sent: 3, delivered: 4, read: 5 }

const stepsDone = (tab: Tab): number => stepsOf({ row: own(tab), connection: tab.client.connection(), upload: undefined, store: 'ok', receipts: undefined }).filter(step => step.done === 'yes').length

async function started(): Promise<Tab> {
  const server = world()
  server.commit('c', 'first')
  const tab = await online(server)
  server.answer = () => false
  return tab
}

describe('[U-D1, U-D6] ticks and inspector', () => {
  it.each(cases)('%s, %s → %s', async (from, event, to) => {
    const tab = await started()
    await reach[from](tab)
    expect(own(tab).state).toBe(from)
    const before = stepsDone(tab)
    await events[event](tab)
    expect(own(tab).state).toBe(to)
    if (`${from} ${event}` !== backwards) expect(stepsDone(tab)).toBeGreaterThanOrEqual(before)
    expect(tab.rows().filter(row => row.mine)).toHaveLength(1)
    tab.client.dispose()
  })

  it('nothing goes back, but from sending when the link is lost', () => {
    expect(cases.filter(([from, , to]) => rank[to] < rank[from]).map(([from, event]) => `${from} ${event}`)).toEqual([backwards])
  })

  it('[§8] "delivered" is told of conversations that were never opened', async () => {
    const server = world()
    server.conversation('other')
    const tab = await online(server)
    server.last.push({ type: 'event', conversation: 'other', event: server.commit('other', 'psst') })
    await tab.clock.advance(3_000)
    expect(server.last.of('delivered')).toContainEqual({ type: 'delivered', conversation: 'other', seq: 1 })
    expect(server.last.of('read')).toEqual([])
  })
})

describe('[O7] pins', () => {
  const pins = (tab: Tab) => tab.client.conversation('c')?.pins?.map(({ seq }) => seq)

  it('follow the log: pinned, pinned again, unpinned, deleted, edited', async () => {
    const server = world()
    const tab = await online(server)
    for (const word of ['a', 'b', 'c']) live(server, word)
    for (const seq of [2, 1, 3, 2]) live(server, { kind: 'meta', pin: { seq, on: true } })
    expect(pins(tab)).toEqual([1, 3, 2])
    live(server, { kind: 'meta', pin: { seq: 3, on: false } })
    live(server, { kind: 'delete', target: 1 })
    expect(pins(tab)).toEqual([2])
    live(server, { kind: 'edit', target: 2, content: text('b!') })
    expect(tab.client.conversation('c')?.pins?.[0]?.editedAt).toBe(server.log('c').at(-1)?.at)
  })

  it('[R12] an older summary takes none away and brings none back; a newer one has them all', async () => {
    const server = world()
    const tab = await online(server)
    live(server, 'a')
    const before = server.summary('c')
    live(server, { kind: 'meta', pin: { seq: 1, on: true } })
    server.last.push({ type: 'conversation', conversation: before })
    expect(pins(tab)).toEqual([1])
    const pinned = { ...server.summary('c'), pins: [{ seq: 1, by: 'ann', at: 1 }] }
    live(server, { kind: 'meta', pin: { seq: 1, on: false } })
    server.last.push({ type: 'conversation', conversation: pinned })
    expect(pins(tab)).toEqual([])
    server.last.push({ type: 'conversation', conversation: { ...server.summary('c'), pins: [{ seq: 1, by: 'ann', at: 9 }] } })
    expect(pins(tab)).toEqual([1])
  })

  it('are kept on the device', async () => {
    const server = world()
    const tab = await online(server)
    live(server, 'a')
    live(server, { kind: 'meta', pin: { seq: 1, on: true } })
    await tab.clock.advance(5_000)
    tab.client.dispose()
    const next = openTab(server, tab.browser)
    await next.client.ready()
    expect(next.client.conversation('c')?.pins).toMatchObject([{ seq: 1 }])
  })
})

describe('[U-R5] marked unread from a message on', () => {
  it('counts from there, reads on without taking it away, and counts as before once the mark is gone', async () => {
    const server = world()
    const tab = await online(server)
    for (const word of ['a', 'b', 'c']) live(server, word)
    tab.client.markRead('c', 3)
    await tab.clock.advance(2_000)
    expect(tab.client.conversation('c')).toMatchObject({ unread: 0, readSeq: 3 })
    const marked = { ...server.summary('c'), unread: 2, unreadFrom: 2 }
    server.last.push({ type: 'conversation', conversation: marked })
    expect(tab.client.conversation('c')).toMatchObject({ unread: 2, unreadFrom: 2 })
    live(server, 'd')
    expect(tab.client.conversation('c')?.unread).toBe(3)
    tab.client.markRead('c', 4)
    expect(tab.client.conversation('c')).toMatchObject({ unread: 3, readSeq: 4, unreadFrom: 2 })
    live(server, { kind: 'delete', target: 2 })
    expect(tab.client.conversation('c')?.unread).toBe(2)
    await tab.clock.advance(2_000)
    server.last.push({ type: 'conversation', conversation: { ...server.summary('c'), unread: 0 } })
    expect(tab.client.conversation('c')).toMatchObject({ unread: 0, readSeq: 4 })
    expect(tab.client.conversation('c')?.unreadFrom).toBeUndefined()
  })

  it('a summary that clears the mark before the own `read` has reached the server shows no count', async () => {
    const server = world()
    const tab = await online(server)
    for (const word of ['a', 'b']) live(server, word)
    server.last.push({ type: 'conversation', conversation: { ...server.summary('c'), unread: 2, unreadFrom: 1 } })
    tab.client.markRead('c', 2)
    expect(tab.client.conversation('c')?.unread).toBe(2)
    server.last.push({ type: 'conversation', conversation: { ...server.summary('c'), readSeq: 0, unread: 2 } })
    expect(tab.client.conversation('c')).toMatchObject({ unread: 0, readSeq: 2 })
  })
})
