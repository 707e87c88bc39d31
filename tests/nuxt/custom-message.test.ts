import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import MessageTimeline from '#parley/components/chat/timeline/MessageTimeline.vue'
import { defineMessageType } from '#parley/composables/defineMessageType.ts'
import { textOf } from '#parley/composables/timeline/permissions.ts'
import { contentLine } from '#parley/composables/useConversationPreview.ts'
import { searchableText } from '#parley/server/storage/searchable-text.ts'
import type { Content } from '#parley/shared/model.ts'
import { checkContent } from '#parley/shared/protocol/index.ts'
import { isPoll, pollContent } from '#parley/tests/nuxt/fixtures/poll.ts'
import PollMessage from '#parley/tests/nuxt/fixtures/PollMessage.vue'
import { account, conversation, message, snapshot, users } from '#parley/tests/nuxt/timeline-fixtures.ts'

const ends: (() => void)[] = []
beforeEach(() => void vi.stubGlobal('IntersectionObserver', class { observe() {} unobserve() {} disconnect() {} }))
afterEach(() => {
  for (const end of ends.splice(0)) end()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const definePoll = () => ends.push(defineMessageType('poll', { component: PollMessage, accepts: isPoll, height: 120 }))
const poll = pollContent('Lunch?', ['Noodles', 'Rice'])

async function mount(content: Content) {
  const row = message(1, 'lin', '', { content, reactions: [{ emoji: '2️⃣', users: ['lin', 'maya'] }] })
  const timeline = await mountSuspended(MessageTimeline, { props: { conversation: conversation(), snapshot: snapshot([row]), users, account, typing: [] }, attachTo: document.body })
  await vi.dynamicImportSettled()
  await nextTick()
  return timeline
}

describe('a message of a type of the host\'s own', () => {
  it('is shown by its component, which reacts and has the stops of its row', async () => {
    definePoll()
    const timeline = await mount(poll)
    const shown = timeline.get('[data-testid=custom-message]')
    expect([shown.attributes('data-name'), shown.attributes('style')]).toEqual(['poll', 'min-block-size: 120px;'])
    expect(shown.findAll('button').map(button => button.text())).toEqual(['1️⃣ Noodles: 0', '2️⃣ Rice: 2'])
    await shown.findAll('button')[0]!.trigger('click')
    expect(timeline.emitted('react')?.map(given => given.slice(1))).toEqual([['1️⃣', true]])
    expect(timeline.get('[data-testid=message]').attributes('aria-label')).toContain('Poll: Lunch?')
    timeline.unmount()
  })

  it('is its text where the type is not known, and again when its definition is taken back', async () => {
    const timeline = await mount(poll)
    expect(timeline.find('[data-testid=custom-message]').exists()).toBe(false)
    expect(timeline.get('[data-testid=message-text]').text()).toContain('Poll: Lunch?')
    definePoll()
    await vi.waitFor(() => expect(timeline.find('[data-testid=custom-message]').exists()).toBe(true))
    timeline.unmount()
  })

  it('is its text when its data are not what the component takes, or the component fails', async () => {
    definePoll()
    const wrong = await mount({ type: 'custom', name: 'poll', data: { question: 5 }, text: 'a poll' })
    expect(wrong.get('[data-testid=message-text]').text()).toBe('a poll')
    wrong.unmount()
    const told = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    ends.push(defineMessageType('card', { component: { setup() {
      throw new Error('broken')
    } }, accepts: () => true }))
    const broken = await mount({ type: 'custom', name: 'card', data: null, text: 'a card' })
    await vi.waitFor(() => expect(broken.get('[data-testid=message-text]').text()).toBe('a card'))
    expect(told).toHaveBeenCalled()
    broken.unmount()
  })

  it('is its text in lists, quotes, copies and the search; without one it is named', () => {
    expect(contentLine(poll)).toEqual({ text: 'Poll: Lunch? 1. Noodles 2. Rice' })
    expect(textOf(message(1, 'lin', '', { content: poll }))).toContain('2. Rice')
    expect(searchableText(poll)).toContain('Noodles')
    const silent: Content = { type: 'custom', name: 'poll', data: null, text: ' ' }
    expect([contentLine(silent), textOf(message(1, 'lin', '', { content: silent }))]).toEqual([{ text: '[poll]' }, '[poll]'])
  })

  it('[S9] of the example is taken by the server', () => {
    expect(checkContent(poll)).toEqual({ ok: true, content: poll })
  })
})
