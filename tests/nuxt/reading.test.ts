import { mountSuspended, registerEndpoint } from '@nuxt/test-utils/runtime'
import axe from 'axe-core'
import { getQuery, readBody } from 'h3'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import DateDialog from '#parley/components/chat/timeline/DateDialog.vue'
import PinBar from '#parley/components/chat/timeline/PinBar.vue'
import DeliveryDialog from '#parley/components/chat/message/DeliveryDialog.vue'
import ReadBy from '#parley/components/chat/message/ReadBy.vue'
import PinnedMessages from '#parley/components/conversation/PinnedMessages.vue'
import { messageDialogKey, showMessageKey } from '#parley/composables/useMessageDialogs.ts'
import type { PinsResponse, ReceiptsResponse } from '#parley/shared/http.ts'
import type { Member } from '#parley/shared/model.ts'
import { adoptStub, host } from '#parley/tests/helpers/adopt-stub.ts'
import { sampleWorld } from '#parley/tests/helpers/sample-world.ts'
import { conversation, local, message } from '#parley/tests/nuxt/timeline-fixtures.ts'

let receipts: ReceiptsResponse
let pins: PinsResponse
const asked: unknown[] = []
registerEndpoint('/api/conversations/room/messages/3/receipts', () => receipts)
registerEndpoint('/api/conversations/room/messages/at', (event) => {
  asked.push(getQuery(event))
  return { seq: 12 }
})
registerEndpoint('/api/conversations/room/pins', () => pins)
registerEndpoint('/api/conversations/room/pins', { method: 'POST', handler: async event => asked.push(await readBody(event)) })

const needLayout = { 'color-contrast': { enabled: false }, 'target-size': { enabled: false }, 'region': { enabled: false } }
const violations = async () => (await axe.run(document.body, { rules: needLayout, resultTypes: ['violations'] })).violations.map(each => each.id)
const all = (id: string) => [...document.querySelectorAll<HTMLElement>(`[data-testid=${id}]`)]
const user = (id: string) => ({ id, username: id, displayName: id })
const member = (id: string, readSeq: number, more: Partial<Member> = {}): Member => ({ user: user(id), role: 'member', readSeq, deliveredSeq: readSeq, state: 'offline', ...more })

beforeEach(() => {
  asked.length = 0
  receipts = { seq: 3, at: Date.UTC(2026, 10, 22, 12), members: 0, delivered: 0, read: 0, people: [] }
  pins = { pins: [] }
  adoptStub(sampleWorld(Date.now()))
})
afterEach(() => {
  host().end({ erase: false })
  document.body.innerHTML = ''
})

describe('[U-D6] the inspector', () => {
  const open = (row: ReturnType<typeof message>) => mountSuspended(DeliveryDialog, { props: { open: true, conversation: 'room', message: row }, attachTo: document.body })
  const steps = () => all('delivery-step').map(step => `${step.dataset.step} ${step.dataset.done}`)

  it('[U-R4] lists who read it, who has it and who not yet, with times; axe finds nothing', async () => {
    receipts = {
      ...receipts, members: 3, delivered: 2, read: 1, people: [
        { user: user('ann'), state: 'none' }, { user: user('bo'), state: 'delivered', deliveredAt: Date.UTC(2026, 10, 22, 12, 1) },
        { user: user('cy'), state: 'read', deliveredAt: Date.UTC(2026, 10, 22, 12, 1), readAt: Date.UTC(2026, 10, 22, 12, 2) }],
    }
    await open(message(3, 'me', 'hi'))
    await vi.waitFor(() => expect(all('delivery-person').map(row => `${row.dataset.username} ${row.dataset.state}`)).toEqual(['cy read', 'bo delivered', 'ann none']))
    expect(steps()).toEqual(['queued yes', 'sent yes', 'stored yes', 'delivered partly', 'read partly'])
    expect(all('delivery-step')[2]?.textContent).toContain('#3')
    expect(all('delivery-step')[4]?.textContent).toContain('1 of 3')
    expect(all('delivery-person')[2]?.textContent).toContain('Not yet')
    expect(await violations()).toEqual([])
  })

  it('[U-R4] of a very large conversation shows the numbers only', async () => {
    const { people: _, ...counts } = receipts
    receipts = { ...counts, members: 900, delivered: 800, read: 700 }
    await open(message(3, 'me', 'hi'))
    await vi.waitFor(() => expect(all('delivery-details')[0]?.textContent).toContain('only the numbers'))
    expect(all('delivery-step')[4]?.textContent).toContain('700 of 900')
    expect(all('delivery-person')).toEqual([])
  })

  it('of a message that waits says why', async () => {
    await open(local('q', 'later'))
    expect(steps()).toEqual(['queued yes', 'sent no', 'stored no', 'delivered no', 'read no'])
    expect(all('delivery-step')[0]?.textContent).toMatch(/Goes out next|Not connected|Connecting/)
  })
})

describe('[U-R4] read by', () => {
  const mount = (more: Parameters<typeof conversation>[0]) => mountSuspended(ReadBy, {
    props: { row: message(3, 'me', 'hi'), conversation: conversation(more), tab: false }, attachTo: document.body, global: { provide: { [messageDialogKey as symbol]: (dialog: unknown) => asked.push(dialog) } },
  })

  it('counts those who were there and read it, live, and opens the list', async () => {
    const part = await mount({ memberCount: 4, members: [member('me', 3), member('ann', 3), member('bo', 2), member('late', 9, { joinedSeq: 8 })] })
    expect(all('read-by')[0]?.textContent).toContain('Read by 1')
    all('read-by')[0]!.click()
    expect(asked).toMatchObject([{ kind: 'delivery', row: { seq: 3 } }])
    await part.setProps({ conversation: conversation({ memberCount: 4, members: [member('me', 3), member('ann', 3), member('bo', 3), member('late', 9, { joinedSeq: 8 })] }) })
    expect(all('read-by')[0]?.textContent).toContain('everyone')
  })

  it('says nothing before anyone has, and asks the server where not all members are known', async () => {
    const part = await mount({ memberCount: 2, members: [member('me', 3), member('ann', 2)] })
    expect(all('read-by')).toEqual([])
    receipts = { ...receipts, members: 79, delivered: 40, read: 31 }
    await part.setProps({ conversation: conversation({ memberCount: 80, members: [member('me', 3)] }) })
    await vi.waitFor(() => expect(all('read-by')[0]?.textContent).toContain('Read by 31'))
  })
})

describe('[U-S8] the calendar', () => {
  it('leads to the first message of a day by the clock here; keys walk, no day after today can be chosen; axe finds nothing', async () => {
    const shown = vi.fn<(seq: number) => void>()
    await mountSuspended(DateDialog, { props: { open: true, conversation: 'room', from: '2026-03-15' }, attachTo: document.body, global: { provide: { [showMessageKey as symbol]: shown } } })
    await nextTick()
    const day = (name: string) => document.querySelector<HTMLButtonElement>(`[data-day="${name}"]`)
    expect(all('date-day')).toHaveLength(31)
    expect(await violations()).toEqual([])
    const key = async (name: string, shiftKey = false) => {
      document.querySelector('[role=grid]')!.dispatchEvent(new KeyboardEvent('keydown', { key: name, shiftKey, bubbles: true, cancelable: true }))
      await nextTick()
      await nextTick()
      return document.querySelector<HTMLElement>('[data-testid=date-day][tabindex="0"]')?.dataset.day
    }
    expect([await key('ArrowRight'), await key('ArrowDown'), await key('Home'), await key('PageUp'), await key('PageDown', true)]).toEqual(['2026-03-16', '2026-03-23', '2026-03-22', '2026-02-22', expect.stringMatching(/^20/)])
    for (let year = 0; year < 3; year++) await key('PageDown', true)
    const today = document.querySelector<HTMLElement>('[aria-current=date]')!.dataset.day!
    expect(document.querySelector<HTMLElement>('[data-testid=date-day][tabindex="0"]')?.dataset.day).toBe(today)
    expect(all('date-day').filter(each => each.dataset.day! > today).every(each => (each as HTMLButtonElement).disabled)).toBe(true)
    day(today)!.click()
    await vi.waitFor(() => expect(shown).toHaveBeenCalledWith(12))
    expect(asked).toEqual([{ time: String(new Date(new Date().setHours(0, 0, 0, 0)).getTime()) }])
  })
})

describe('[U-T8] pinned messages', () => {
  const three = conversation({ role: 'owner', pins: [4, 2, 9].map(seq => ({ seq, by: 'ann', at: seq })) })
  beforeEach(() => {
    pins = { pins: [4, 2, 9].map(seq => ({ seq, by: 'ann', at: seq, message: { seq, cid: `c${seq}`, sender: 'ann', at: seq, content: { type: 'text', text: `text ${seq}` }, reactions: [] } })) }
  })

  it('the bar shows the newest pin; each click leads to one and shows the next; axe finds nothing', async () => {
    const shown: number[] = []
    const bar = await mountSuspended(PinBar, { props: { conversation: three }, attachTo: document.body, global: { provide: { [showMessageKey as symbol]: (seq: number) => shown.push(seq) } } })
    const jump = () => all('pin-jump')[0]!
    await vi.waitFor(() => expect(jump().textContent).toContain('text 9'))
    expect(await violations()).toEqual([])
    for (const next of ['text 2', 'text 4', 'text 9']) {
      jump().click()
      await nextTick()
      expect(jump().textContent).toContain(next)
    }
    expect(shown).toEqual([9, 2, 4])
    all('pin-list')[0]!.click()
    expect(bar.emitted('list')).toHaveLength(1)
    await bar.setProps({ conversation: conversation({ pins: [] }) })
    expect(all('pin-bar')).toEqual([])
  })

  it('the list in the details leads to each, unpins for who may, and opens the calendar', async () => {
    const calls: unknown[] = []
    const list = await mountSuspended(PinnedMessages, {
      props: { conversation: three }, attachTo: document.body,
      global: { provide: { [showMessageKey as symbol]: (seq: number) => calls.push(seq), [messageDialogKey as symbol]: (dialog: unknown) => calls.push(dialog) } },
    })
    await vi.waitFor(() => expect(all('pinned-message').map(row => row.textContent)).toEqual([9, 2, 4].map(seq => expect.stringContaining(`text ${seq}`) as string)))
    all('pinned-message')[1]!.click()
    all('details-date')[0]!.click()
    expect(calls).toEqual([2, { kind: 'date' }])
    expect(all('pinned-remove')).toHaveLength(3)
    expect(await violations()).toEqual([])
    await list.setProps({ conversation: { ...three, role: 'member' } })
    expect(all('pinned-remove')).toEqual([])
  })
})
