import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import MessageTimeline from '#parley/components/chat/timeline/MessageTimeline.vue'
import type { ConversationView, Row, TimelineSnapshot } from '#parley/client/types.ts'
import { adoptStub, host } from '#parley/tests/helpers/adopt-stub.ts'
import { account, conversation, joined, local, message, snapshot, users } from '#parley/tests/nuxt/timeline-fixtures.ts'

/** happy-dom has no layout: what depends on it (anchor, sticking, range) is tested in a real browser. */
class FakeIntersections {
  static readonly made: FakeIntersections[] = []
  readonly elements = new Set<Element>()
  readonly #report: (entries: object[]) => void
  constructor(report: (entries: object[]) => void) {
    this.#report = report
    FakeIntersections.made.push(this)
  }

  observe(element: Element): void { this.elements.add(element) }
  unobserve(element: Element): void { this.elements.delete(element) }
  disconnect(): void { this.elements.clear() }
  show(cid: string, ratio: number, height = 40): void {
    const target = [...this.elements].find(element => element.getAttribute('data-cid') === cid)
    if (target) this.#report([{ target, isIntersecting: ratio > 0, intersectionRatio: ratio, intersectionRect: { height }, rootBounds: { height: 600 } }])
  }
}

let focused = true
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: Date.UTC(2026, 10, 22, 12, 30) })
  FakeIntersections.made.length = 0
  focused = true
  vi.stubGlobal('IntersectionObserver', FakeIntersections)
  vi.spyOn(document, 'hasFocus').mockImplementation(() => focused)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const mount = (rows: readonly Row[], more: { conversation?: Partial<ConversationView>, snapshot?: Partial<TimelineSnapshot>, typing?: string[] } = {}) =>
  mountSuspended(MessageTimeline, { props: { conversation: conversation(more.conversation), snapshot: snapshot(rows, more.snapshot), users, account, typing: more.typing ?? [] }, attachTo: document.body })

/** The menu is loaded when it is first wanted. */
const menuLoaded = (timeline: Awaited<ReturnType<typeof mount>>) => vi.dynamicImportSettled().then(() => timeline.get('[role=menu]'))

describe('rows', () => {
  it('carry the hooks of automation, in display order', async () => {
    const timeline = await mount([message(1, 'lin', 'hello'), joined(2, 'lin'), message(3, 'me', 'mine', { state: 'read' }), message(4, 'lin', 'x', { content: undefined, deletedAt: 1, deletedBy: 'lin' }), local('queued-1', 'later')])
    expect(timeline.get('[data-testid=timeline]').attributes('data-conversation')).toBe('room')
    expect(timeline.findAll('[data-testid=message]').map(row => ['data-cid', 'data-seq', 'data-sender', 'data-kind', 'data-content', 'data-state'].map(name => row.attributes(name)))).toEqual([
      ['cid-1', '1', 'lin', 'message', 'text', undefined],
      ['cid-2', '2', 'maya', 'member', undefined, undefined],
      ['cid-3', '3', 'chen', 'message', 'text', 'read'],
      ['cid-4', '4', 'lin', 'message', 'deleted', undefined],
      ['queued-1', undefined, 'chen', 'message', 'text', 'queued'],
    ])
  })

  it.each(['<img src=x onerror=alert(1)>', 'a\n\n  b  ', '&lt;b&gt; {{ 1 + 1 }}', '‮evil‬ [x](javascript:alert(1))', `${'ͤ'.repeat(500)}`])('[X25] show %j as typed', async (text) => {
    const timeline = await mount([message(1, 'lin', text)])
    const body = timeline.get('[data-testid=message-text]')
    expect(body.element.textContent).toBe(text)
    expect(body.element.children).toHaveLength(0)
  })

  it('[X26] links open elsewhere and give nothing away', async () => {
    const timeline = await mount([message(1, 'lin', 'see https://a.example/x?y=1.')])
    const link = timeline.get('[data-testid=message-text] a')
    expect([link.attributes('href'), link.attributes('target'), link.attributes('rel')]).toEqual(['https://a.example/x?y=1', '_blank', 'noopener noreferrer nofollow'])
    expect(timeline.get('[data-testid=message-text]').element.textContent).toBe('see https://a.example/x?y=1.')
  })

  it.each([['queued', 'Waiting to be sent'], ['sending', 'Sending'], ['sent', 'Sent'], ['delivered', 'Delivered'], ['read', 'Read'], ['failed', 'Not sent']] as const)('[U-D1] state %s has words', async (state, words) => {
    const timeline = await mount([message(1, 'me', 'x', { state, ...(state === 'failed' ? { failure: 'not_found' as const } : {}) })])
    expect(timeline.get('.state .sr-only').text()).toBe(words)
    expect(timeline.get('article').attributes('aria-label')).toContain(words)
  })

  it('[U-D3] keep their element from queued to read', async () => {
    const timeline = await mount([message(1, 'lin', 'hi'), local('own', 'mine')])
    const element = timeline.get('[data-cid=own]').element
    for (const state of ['sending', 'sent', 'delivered', 'read'] as const) {
      await timeline.setProps({ snapshot: snapshot([message(1, 'lin', 'hi'), local('own', 'mine', { state, ...(state === 'sending' ? {} : { seq: 2 }) })]) })
      expect(timeline.get('[data-cid=own]').element).toBe(element)
      expect(timeline.get('[data-cid=own]').attributes('data-state')).toBe(state)
    }
    expect(timeline.findAll('[data-testid=message]')).toHaveLength(2)
  })

  it('[U-D2] a failed row says why and can be retried, edited and discarded', async () => {
    const row = local('own', 'mine', { state: 'failed', failure: 'not_found' })
    const timeline = await mount([row])
    expect(timeline.get('.failure').text()).toContain('Not sent: you are no longer a member')
    await timeline.get('[data-testid=retry]').trigger('click')
    await timeline.get('[data-testid=discard]').trigger('click')
    expect(timeline.emitted('retry')).toEqual([['own']])
    expect(timeline.emitted('discard')).toEqual([['own']])
    expect(timeline.find('[data-testid=retry-all]').exists()).toBe(false)
  })

  it('[U-D2] two failed rows can be retried together, in order', async () => {
    const timeline = await mount([local('a', '1', { state: 'failed', failure: 'forbidden' }), local('b', '2', { state: 'failed', failure: 'forbidden' })])
    await timeline.get('[data-testid=retry-all]').trigger('click')
    expect(timeline.emitted('retry')).toEqual([['a'], ['b']])
  })

  it('are bounded in number, whatever is held', async () => {
    const timeline = await mount(Array.from({ length: 100_000 }, (_, i) => message(i + 1, i % 2 ? 'lin' : 'maya', 'text')))
    const cids = timeline.findAll('[data-testid=message]').map(row => row.attributes('data-cid'))
    expect(cids.length).toBeLessThanOrEqual(300)
    expect(cids.at(-1)).toBe('cid-100000')
  })

  it('[U-T3] deleted messages say who did it', async () => {
    const gone = { content: undefined, deletedAt: 1 }
    const timeline = await mount([message(1, 'lin', '', { ...gone, deletedBy: 'lin' }), message(2, 'lin', '', { ...gone, deletedBy: 'maya' }), message(3, 'me', '', { ...gone, deletedBy: 'me' })])
    expect(timeline.findAll('.tombstone').map(row => row.text())).toEqual(['林小雨 recalled this message', 'Maya removed this message', 'You recalled this message'])
  })

  it('[U-T4] a quote shows its origin and leads there; one that is not loaded asks for it', async () => {
    const timeline = await mount([message(5, 'lin', 'the origin'), message(6, 'me', 'answer', { replyTo: 5 }), message(7, 'me', 'far', { replyTo: 2 })])
    const [near, far] = timeline.findAll('.quote')
    expect(near?.text()).toContain('the origin')
    await near?.trigger('click')
    await vi.waitFor(() => expect(timeline.get('[data-cid=cid-5]').classes()).toContain('highlighted'))
    vi.advanceTimersByTime(500)
    await nextTick()
    expect(timeline.get('[data-cid=cid-5]').classes()).toContain('highlighted')
    await far?.trigger('click')
    expect(timeline.emitted('jump')).toEqual([[2]])
  })
})

describe('[U-O4] somebody blocked', () => {
  afterEach(() => host().end({ erase: false }))

  it('is not quoted in a group, and is in a direct conversation, where one reads them anyway', async () => {
    adoptStub().emit({ type: 'blocked', users: ['lin'] })
    const rows = [message(5, 'lin', 'the origin'), message(6, 'me', 'answer', { replyTo: 5 })]
    const quoted = async (kind: ConversationView['kind']) => (await mount(rows, { conversation: { kind } })).get('.quote').text()
    expect(await quoted('group')).not.toContain('the origin')
    expect(await quoted('direct')).toContain('the origin')
  })
})

describe('separators and edges', () => {
  it('[U-T2] days roll over at midnight without a reload', async () => {
    const lateEvening = new Date(2026, 10, 22, 23, 59).getTime()
    vi.setSystemTime(lateEvening)
    const timeline = await mount([message(1, 'lin', 'x', { at: lateEvening - 60_000 })])
    expect(timeline.get('[data-testid=day-separator]').text()).toBe('Today')
    vi.advanceTimersByTime(61_000)
    await nextTick()
    expect(timeline.get('[data-testid=day-separator]').text()).toBe('Yesterday')
  })

  it('[U-R2] the unread divider stands before the first unread message, until the user sends', async () => {
    const rows = [message(1, 'lin', 'old'), message(2, 'lin', 'new')]
    const timeline = await mount(rows, { conversation: { unread: 1, readSeq: 1 } })
    expect(timeline.get('[data-testid=unread-divider]').element.nextElementSibling?.getAttribute('data-cid')).toBe('cid-2')
    await timeline.setProps({ conversation: conversation({ unread: 0, readSeq: 2 }) })
    expect(timeline.find('[data-testid=unread-divider]').exists()).toBe(true)
    await timeline.setProps({ snapshot: snapshot([...rows, local('own', 'reply')]) })
    expect(timeline.find('[data-testid=unread-divider]').exists()).toBe(false)
  })

  it('[U-R2] messages that come while the window is blurred get the divider, those that are watched do not', async () => {
    const rows = [message(1, 'lin', 'old')]
    const timeline = await mount(rows, { conversation: { readSeq: 1 } })
    await timeline.setProps({ snapshot: snapshot([...rows, message(2, 'lin', 'watched', { at: Date.now() + 1_000 })]) })
    expect(timeline.find('[data-testid=unread-divider]').exists()).toBe(false)
    focused = false
    window.dispatchEvent(new Event('blur'))
    await timeline.setProps({ snapshot: snapshot([...rows, message(2, 'lin', 'watched'), message(3, 'lin', 'unwatched', { at: Date.now() + 2_000 })]) })
    expect(timeline.get('[data-testid=unread-divider]').element.nextElementSibling?.getAttribute('data-cid')).toBe('cid-3')
  })

  it('[Y2] a hole is marked and can be filled', async () => {
    const timeline = await mount([message(1, 'lin', 'a'), message(900, 'lin', 'b')], { snapshot: { gapBefore: 900, loadingOlder: true } })
    expect(timeline.get('[data-testid=history-gap]').text()).toContain('not loaded')
    await timeline.setProps({ snapshot: snapshot([message(1, 'lin', 'a'), message(900, 'lin', 'b')], { gapBefore: 900 }) })
    await timeline.get('[data-testid=history-gap] button').trigger('click')
    expect(timeline.emitted('loadOlder')?.length).toBeGreaterThan(0)
  })

  it('[U-S4] asks for one older page at a time, and not again when it failed', async () => {
    const rows = [message(50, 'lin', 'a')]
    const timeline = await mount(rows, { snapshot: { hasOlder: true } })
    expect(timeline.emitted('loadOlder')).toHaveLength(1)
    await timeline.setProps({ snapshot: snapshot(rows, { hasOlder: true, loadingOlder: true }) })
    await timeline.setProps({ snapshot: snapshot(rows, { hasOlder: true }) })
    expect(timeline.emitted('loadOlder')).toHaveLength(1)
    await timeline.setProps({ snapshot: snapshot([message(49, 'lin', 'b'), ...rows], { hasOlder: true }) })
    expect(timeline.emitted('loadOlder')).toHaveLength(2)
  })

  it('[U-S7] away from the newest, one button leads to the present', async () => {
    const timeline = await mount([message(1, 'lin', 'a')], { snapshot: { hasNewer: true } })
    await (await vi.waitFor(() => timeline.get('[data-testid=jump-to-bottom]'))).trigger('click')
    expect(timeline.emitted('jumpToPresent')).toHaveLength(1)
  })

  it('typing, empty, missing and loading are said in words', async () => {
    const timeline = await mount([], { typing: ['lin', 'maya'], snapshot: { status: 'ready' } })
    await vi.waitFor(() => expect(timeline.find('[data-testid=typing]').exists()).toBe(true))
    expect(timeline.get('[data-testid=typing]').text()).toBe('林小雨 and Maya are typing')
    expect(timeline.text()).toContain('No messages yet')
    await timeline.setProps({ snapshot: snapshot([], { status: 'unavailable' }) })
    expect(timeline.text()).toContain('as soon as they can be loaded')
    await timeline.setProps({ typing: [], snapshot: snapshot([], { status: 'missing' }) })
    expect(timeline.find('[data-testid=typing]').exists()).toBe(false)
    expect(timeline.text()).toContain('not here')
  })
})

describe('[U-R1] what was seen', () => {
  const seenBy = async (unread: Partial<ConversationView> = { readSeq: 1, unread: 3 }) => {
    const timeline = await mount([1, 2, 3, 4].map(seq => message(seq, 'lin', 'x')), { conversation: unread })
    const observer = FakeIntersections.made.at(-1)
    if (observer === undefined) throw new Error('nothing is observed')
    return { timeline, observer }
  }

  it('is told after a second in view, once for all, and never for what was read', async () => {
    const { timeline, observer } = await seenBy()
    for (const cid of ['cid-1', 'cid-2', 'cid-3']) observer.show(cid, 1)
    vi.advanceTimersByTime(999)
    expect(timeline.emitted('seen')).toBeUndefined()
    vi.advanceTimersByTime(1)
    expect(timeline.emitted('seen')).toEqual([[3]])
    vi.advanceTimersByTime(10_000)
    expect(timeline.emitted('seen')).toHaveLength(1)
  })

  it('is not told for what a scroll flies past, nor for less than half of a row', async () => {
    const { timeline, observer } = await seenBy()
    observer.show('cid-2', 0.49)
    observer.show('cid-3', 1)
    vi.advanceTimersByTime(900)
    observer.show('cid-3', 0)
    vi.advanceTimersByTime(5_000)
    expect(timeline.emitted('seen')).toBeUndefined()
  })

  it('counts a row taller than the view by half of the view', async () => {
    const { timeline, observer } = await seenBy()
    observer.show('cid-2', 0.2, 310)
    vi.advanceTimersByTime(1_000)
    expect(timeline.emitted('seen')).toEqual([[2]])
  })

  it('does not count behind a blurred window; its second begins with the focus', async () => {
    focused = false
    const { timeline, observer } = await seenBy()
    observer.show('cid-4', 1)
    vi.advanceTimersByTime(60_000)
    expect(timeline.emitted('seen')).toBeUndefined()
    focused = true
    window.dispatchEvent(new Event('focus'))
    vi.advanceTimersByTime(999)
    expect(timeline.emitted('seen')).toBeUndefined()
    vi.advanceTimersByTime(1)
    expect(timeline.emitted('seen')).toEqual([[4]])
  })
})

describe('keyboard, readers and menu', () => {
  it('[U-A1] is a feed of articles with one tab stop', async () => {
    const timeline = await mount([message(1, 'lin', 'see https://a.example'), joined(2, 'lin'), message(3, 'me', 'last')])
    expect(timeline.get('[role=feed]').attributes('aria-busy')).toBe('false')
    const stops = () => timeline.findAll('[data-key][tabindex="0"]').map(row => row.attributes('data-cid'))
    expect(stops()).toEqual(['cid-3'])
    expect(timeline.get('[data-cid=cid-1] a').attributes('tabindex')).toBe('-1')
    await timeline.get('[data-cid=cid-3]').trigger('keydown', { key: 'ArrowUp' })
    await nextTick()
    await timeline.get('[data-key=cid-2]').trigger('keydown', { key: 'ArrowUp' })
    await nextTick()
    expect(stops()).toEqual(['cid-1'])
    expect(document.activeElement?.getAttribute('data-cid')).toBe('cid-1')
    await timeline.get('[data-cid=cid-1]').trigger('keydown', { key: 'End' })
    await vi.waitFor(() => expect(document.activeElement?.getAttribute('data-cid')).toBe('cid-3'))
  })

  it('[U-A2] announces others’ messages, never own ones', async () => {
    const rows = [message(1, 'lin', 'a')]
    const timeline = await mount(rows, { conversation: { readSeq: 1 } })
    await timeline.setProps({ snapshot: snapshot([...rows, message(2, 'me', 'mine')]) })
    expect(timeline.get('[aria-live=polite]').text()).toBe('')
    await timeline.setProps({ snapshot: snapshot([...rows, message(2, 'me', 'mine'), message(3, 'maya', 'hello')]) })
    expect(timeline.get('[aria-live=polite]').text()).toBe('Maya: hello')
  })

  it('[U-M1] offers what is allowed, and asks before it recalls', async () => {
    const timeline = await mount([message(1, 'lin', 'theirs'), message(2, 'me', 'mine')])
    await timeline.get('[data-cid=cid-1] [data-testid=message-menu]').trigger('click')
    await menuLoaded(timeline)
    expect(timeline.find('[data-testid=edit]').exists()).toBe(false)
    expect(timeline.find('[data-testid=delete]').exists()).toBe(false)
    await timeline.get('[data-testid=react][data-emoji="👍"]').trigger('click')
    expect(timeline.emitted('react')?.[0]?.slice(1)).toEqual(['👍', true])
    expect(timeline.find('[role=menu]').exists()).toBe(false)

    await timeline.get('[data-cid=cid-2]').trigger('contextmenu', { clientX: 5, clientY: 5 })
    await timeline.get('[data-testid=delete]').trigger('click')
    expect(timeline.emitted('delete')).toBeUndefined()
    await timeline.get('[data-testid=delete-confirm]').trigger('click')
    expect(timeline.emitted('delete')).toHaveLength(1)
  })

  it('[U-T3] a recalled text can be taken up again for 2 minutes', async () => {
    const timeline = await mount([message(2, 'me', 'mine')])
    await timeline.get('[data-testid=message-menu]').trigger('click')
    await menuLoaded(timeline)
    await timeline.get('[data-testid=delete]').trigger('click')
    await timeline.get('[data-testid=delete-confirm]').trigger('click')
    await timeline.setProps({ snapshot: snapshot([message(2, 'me', '', { content: undefined, deletedAt: 1, deletedBy: 'me' })]) })
    await timeline.get('.again').trigger('click')
    expect(timeline.emitted('edit')?.[0]?.[0]).toMatchObject({ content: { type: 'text', text: 'mine' }, deletedAt: 1 })
    vi.advanceTimersByTime(120_000)
    await nextTick()
    expect(timeline.find('.again').exists()).toBe(false)
  })
})
