import { mountSuspended } from '@nuxt/test-utils/runtime'
import { createPinia, getActivePinia, setActivePinia } from 'pinia'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import ConversationList from '#parley/components/conversation/ConversationList.vue'
import { previewOf } from '#parley/composables/useConversationPreview.ts'
import { smartTime } from '#parley/composables/useSmartTime.ts'
import { attention, compareConversations } from '#parley/stores/conversations.ts'
import type { ConversationView } from '#parley/client/types.ts'
import { adoptStub, host } from '#parley/tests/helpers/adopt-stub.ts'
import { sampleWorld } from '#parley/tests/helpers/sample-world.ts'
import { summary } from '#parley/tests/helpers/stub-chat-client.ts'

const view = (id: string, change: Partial<ConversationView> = {}): ConversationView => ({ ...summary(id), label: id, activeAt: 0, failed: false, ...change })

describe('conversation list', () => {
  afterEach(() => host().end({ erase: false }))

  it('[U-C1] sorts pinned first, then by last activity', () => {
    const views = [view('old', { activeAt: 1 }), view('new', { activeAt: 9 }), view('pinned', { activeAt: 0, pinned: true }), view('b', { activeAt: 5 }), view('a', { activeAt: 5 })]
    expect(views.sort(compareConversations).map(each => each.id)).toEqual(['pinned', 'new', 'a', 'b', 'old'])
  })

  it('[U-C3] draft goes before mention before failed before the message', () => {
    const all = view('c', { draft: 'half a', mentions: 1, failed: true })
    expect(previewOf(all, false).kind).toBe('draft')
    expect(previewOf({ ...all, draft: undefined }, false).kind).toBe('mention')
    expect(previewOf({ ...all, draft: undefined, mentions: 0 }, false).kind).toBe('failed')
    expect(previewOf({ ...all, draft: undefined, mentions: 0, failed: false }, false).kind).toBe('empty')
    expect(previewOf({ ...all, draft: '  ' }, false).kind).toBe('mention')
  })

  it('[U-C3] the draft of the open conversation stays in its composer', () => {
    expect(previewOf(view('c', { draft: 'half a' }), true).kind).toBe('empty')
  })

  it('[U-C2] says the time in the shortest form that is clear', () => {
    const now = new Date(2026, 10, 18, 9, 30).getTime()
    const at = (...parts: [number, number, number, number, number]) => new Date(...parts).getTime()
    expect(smartTime('en', at(2026, 10, 18, 0, 1), now)).toBe('00:01')
    expect(smartTime('en', at(2026, 10, 17, 23, 59), now)).toBe('Yesterday')
    expect(smartTime('zh-CN', at(2026, 10, 17, 23, 59), now)).toBe('昨天')
    expect(smartTime('en', at(2026, 10, 12, 12, 0), now)).toBe('Thu')
    expect(smartTime('en', at(2026, 10, 11, 12, 0), now)).toBe('Nov 11')
    expect(smartTime('en', at(2025, 11, 31, 12, 0), now)).toContain('2025')
  })

  it('[U-C2] counts what asks for attention: a muted conversation only by mention', () => {
    expect(attention(view('c', { unread: 5 }))).toBe(5)
    expect(attention(view('c', { unread: 5, mentions: 1, notify: 'mentions' }))).toBe(1)
    expect(attention(view('c', { unread: 5, notify: 'none' }))).toBe(0)
    expect(attention(view('c', { unreadFrom: 3, notify: 'none' }))).toBe(1)
  })

  it('shows every conversation with its hooks, who spoke, and how much is unread', async () => {
    adoptStub(sampleWorld(Date.now()))
    const list = await mountSuspended(ConversationList)
    const rows = list.findAll('[data-testid=conversation-item]')
    expect(rows.map(row => row.attributes('data-title'))).toEqual(['上海 launch room', 'Maya Okafor', 'Deploys', '王磊', 'Random', 'Notes to self'])
    expect(rows[0]?.text()).toContain('林小雨: 我把海报发上来了，大家看看')
    expect(rows[1]?.attributes('data-unread')).toBe('2')
    expect(rows[1]?.text()).not.toContain('Maya Okafor: ')
    expect(rows[2]?.text()).toContain('@you')
    // Muted: a dot for the eye, the count for readers.
    expect(rows[4]?.text()).toContain('139 unread messages')
    expect(rows[4]?.text()).not.toContain('99+')
  })

  it('a newcomer is shown the way in, also when the connection stood before the list was there', async () => {
    adoptStub({ conversations: [], state: { name: 'online', since: 0 } })
    // A page that loads after the log-in: its stores are made when the change to online is history.
    setActivePinia(createPinia())
    const list = await mountSuspended(ConversationList, { global: { plugins: [getActivePinia()!] } })
    await vi.waitFor(() => expect(list.text()).toContain('New conversation'))
  })

  it('[U-C1] a row that moves keeps the keyboard focus', async () => {
    const stub = adoptStub(sampleWorld(Date.now()))
    const list = await mountSuspended(ConversationList, { attachTo: document.body })
    const row = list.get<HTMLElement>('[data-conversation=c-wang]')
    row.element.focus()
    stub.receive('c-wang', 'u-wang', '新的消息')
    await nextTick()
    await nextTick()
    expect(list.findAll('[data-testid=conversation-item]')[0]?.attributes('data-conversation')).toBe('c-wang')
    expect(document.activeElement?.getAttribute('data-conversation')).toBe('c-wang')
    list.unmount()
  })

  it('narrows by name, also by the names of members, and says when nothing is left', async () => {
    adoptStub(sampleWorld(Date.now()))
    const list = await mountSuspended(ConversationList)
    const titles = () => list.findAll('[data-testid=conversation-item]').map(row => row.attributes('data-title'))
    await list.get('[data-testid=conversation-filter]').setValue('ＭＡＹＡ')
    expect(titles()).toEqual(['上海 launch room', 'Maya Okafor'])
    await list.get('[data-testid=conversation-filter]').setValue('nowhere')
    expect(titles()).toEqual([])
    expect(list.text()).toContain('No conversation matches “nowhere”.')
  })
})
