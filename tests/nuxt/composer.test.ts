import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import MessageComposer from '#parley/components/chat/composer/MessageComposer.vue'
import type { Draft, MessageRow } from '#parley/client/types.ts'
import { limits } from '#parley/shared/protocol/index.ts'
import { account, conversation, local, message, users } from '#parley/tests/nuxt/timeline-fixtures.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'], now: 1_000_000 })
})
afterEach(() => vi.useRealTimers())

interface Extra { draft?: Draft, replyTo?: MessageRow, editing?: MessageRow, disabledReason?: string, sendKey?: 'enter' | 'mod-enter', onDraft?: (draft: Draft | undefined, conversation: string) => void }
async function mount(props: Extra = {}) {
  const composer = await mountSuspended(MessageComposer, { props: { conversation: conversation(), users, account, ...props }, attachTo: document.body })
  vi.advanceTimersByTime(1_000)
  const box = composer.get<HTMLTextAreaElement>('[data-testid=composer]')
  const enter = (more: object = {}) => box.trigger('keydown', { key: 'Enter', keyCode: 13, ...more })
  return { composer, box, enter, texts: () => (composer.emitted('send') ?? []).map(([sent]) => (sent as { content: { text: string } }).content.text) }
}

describe('sending', () => {
  it('[U-P4] clears the box at once and keeps the focus', async () => {
    const { box, enter, texts } = await mount()
    box.element.focus()
    await box.setValue('  as typed \n')
    void enter()
    expect(box.element.value).toBe('')
    expect(document.activeElement).toBe(box.element)
    expect(texts()).toEqual(['  as typed \n'])
  })

  it('[U-P3] blank text never sends', async () => {
    const { composer, box, enter, texts } = await mount()
    await box.setValue(' \n ')
    await enter()
    expect(composer.get('[data-testid=send]').attributes('disabled')).toBeDefined()
    expect(texts()).toEqual([])
    expect(box.element.value).toBe(' \n ')
  })

  it('[U-P3] Enter within 500 ms of opening keeps the text, also after a switch', async () => {
    const { composer, box, enter, texts } = await mount()
    await composer.setProps({ conversation: conversation({ id: 'other' }) })
    await box.setValue('hello')
    await enter()
    expect([texts(), box.element.value]).toEqual([[], 'hello'])
    vi.advanceTimersByTime(500)
    await enter()
    expect(texts()).toEqual(['hello'])
  })

  it('[U-P2] a held Enter sends once', async () => {
    const { box, enter, texts } = await mount()
    await box.setValue('once')
    await enter()
    await box.setValue('typed meanwhile')
    for (let i = 0; i < 20; i++) await enter({ repeat: true })
    expect(texts()).toEqual(['once'])
  })

  it('carries the answered message', async () => {
    const { composer, box, enter } = await mount({ replyTo: message(7, 'lin', 'question') })
    await vi.waitFor(() => expect(composer.find('[data-testid=composer-reply]').exists()).toBe(true))
    expect(composer.get('[data-testid=composer-reply]').text()).toContain('林小雨')
    await box.setValue('answer')
    await enter()
    expect(composer.emitted('send')).toEqual([[{ content: { type: 'text', text: 'answer' }, replyTo: 7 }]])
    await box.trigger('keydown', { key: 'Escape' })
    expect(composer.emitted('cancelReply')).toHaveLength(1)
  })

  it('[U-P12] counts from 90 % in code points; over the limit nothing is sent and nothing lost', async () => {
    const { composer, box, enter, texts } = await mount()
    await box.setValue('😀'.repeat(limits.textCodePoints * 0.9 - 1))
    expect(composer.find('#composer-note').exists()).toBe(false)
    await box.setValue('😀'.repeat(limits.textCodePoints * 0.9))
    expect(composer.get('#composer-note').text()).toContain('7,200 / 8,000')
    const long = 'x'.repeat(limits.textCodePoints + 2)
    await box.setValue(long)
    expect(composer.get('#composer-note').text()).toContain('2 characters too long')
    await enter()
    await composer.get('[data-testid=send]').trigger('click')
    expect([texts(), box.element.value]).toEqual([[], long])
  })

  it('[U-P12] a conversation where one may not write says why instead', async () => {
    const composer = await mountSuspended(MessageComposer, { props: { conversation: conversation(), users, account, disabledReason: 'Only admins write here.' } })
    expect(composer.find('[data-testid=composer]').exists()).toBe(false)
    expect(composer.text()).toContain('Only admins write here.')
  })
})

describe('[U-P2] input methods: the Enter that chooses a candidate never sends', () => {
  type Step = ['start'] | ['end'] | ['task'] | ['key', object]
  it.each<[string, Step[]]>([
    ['Chromium', [['start'], ['key', { isComposing: true, keyCode: 229 }], ['end']]],
    ['Firefox', [['start'], ['key', { isComposing: true, keyCode: 13 }], ['end']]],
    ['Safari, keydown 229 after compositionend', [['start'], ['end'], ['key', { keyCode: 229 }]]],
    ['Safari, keydown 229 a task after compositionend', [['start'], ['end'], ['task'], ['key', { keyCode: 229 }]]],
    ['keydown 13 in the task of compositionend', [['start'], ['end'], ['key', { keyCode: 13 }]]],
    ['twice in a row', [['start'], ['key', { isComposing: true, keyCode: 229 }], ['end'], ['task'], ['start'], ['key', { isComposing: true, keyCode: 229 }], ['end']]],
  ])('%s', async (_, steps) => {
    const { box, enter, texts } = await mount()
    for (const step of steps) {
      if (step[0] === 'start') await box.trigger('compositionstart')
      else if (step[0] === 'end') {
        await box.setValue('你好')
        await box.trigger('compositionend')
      }
      else if (step[0] === 'task') vi.advanceTimersByTime(0)
      else await enter(step[1])
    }
    expect(texts()).toEqual([])
    expect(box.element.value).toBe('你好')
    vi.advanceTimersByTime(1)
    await enter()
    expect(texts()).toEqual(['你好'])
  })
})

describe('[U-P6] drafts', () => {
  const drafts = (composer: Awaited<ReturnType<typeof mount>>['composer']) => (composer.emitted('draft') ?? []).map(([draft, id]) => [(draft as Draft | undefined)?.text, id])

  it('are saved soon after typing and cleared by the send', async () => {
    const { composer, box, enter } = await mount()
    await box.setValue('half a thou')
    vi.advanceTimersByTime(499)
    expect(drafts(composer)).toEqual([['half a thou', 'room']])
    await enter()
    expect(drafts(composer)).toEqual([['half a thou', 'room'], [undefined, 'room']])
  })

  it('never leak into another conversation', async () => {
    const { composer, box } = await mount()
    await box.setValue('for room')
    await composer.setProps({ conversation: conversation({ id: 'other' }), draft: { text: 'for other', savedAt: 5 } })
    expect(box.element.value).toBe('for other')
    vi.advanceTimersByTime(5_000)
    expect(drafts(composer)).toEqual([['for room', 'room']])
    await composer.setProps({ conversation: conversation({ id: 'third' }), draft: undefined })
    expect(box.element.value).toBe('')
  })

  it('are saved on pagehide and when the box goes away', async () => {
    const onDraft = vi.fn<(draft: Draft | undefined, conversation: string) => void>()
    const { composer, box } = await mount({ onDraft })
    await box.setValue('one')
    window.dispatchEvent(new Event('pagehide'))
    await box.setValue('two')
    composer.unmount()
    expect(onDraft.mock.calls.map(([draft, id]) => [draft?.text, id])).toEqual([['one', 'room'], ['two', 'room']])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that the device loads late are shown; they never replace what is being typed', async () => {
    const { composer, box } = await mount()
    await composer.setProps({ draft: { text: 'from yesterday', savedAt: 5 } })
    expect(box.element.value).toBe('from yesterday')
    await box.setValue('from yesterday, and more')
    await composer.setProps({ draft: { text: 'another tab', savedAt: 2_000_000 } })
    expect(box.element.value).toBe('from yesterday, and more')
  })

  it('an old draft that comes back after the send stays away', async () => {
    const { composer, box, enter } = await mount({ draft: { text: 'sent', savedAt: 900_000 } })
    await enter()
    await composer.setProps({ draft: { text: 'sent', savedAt: 900_001 } })
    expect(box.element.value).toBe('')
  })
})

describe('[U-P7] editing', () => {
  it('shows the message, and the draft comes back untouched', async () => {
    const { composer, box, enter } = await mount({ draft: { text: 'my draft', savedAt: 5 } })
    await composer.setProps({ editing: message(3, 'me', 'old text') })
    expect(box.element.value).toBe('old text')
    await box.setValue('new text')
    vi.advanceTimersByTime(5_000)
    expect(composer.emitted('draft')).toBeUndefined()
    expect(composer.emitted('typing')).toBeUndefined()
    await enter()
    expect(composer.emitted('edit')).toEqual([[{ target: 3, content: { type: 'text', text: 'new text' } }]])
    expect(composer.emitted('cancelEdit')).toHaveLength(1)
    await composer.setProps({ editing: undefined })
    expect(box.element.value).toBe('my draft')
    expect(composer.emitted('send')).toBeUndefined()
  })

  it('Escape leaves the edit before the answer; ↑ in an empty box asks for the last own message', async () => {
    const { composer, box } = await mount({ replyTo: message(7, 'lin', 'question'), editing: message(3, 'me', 'old') })
    await box.trigger('keydown', { key: 'Escape' })
    expect([composer.emitted('cancelEdit')?.length, composer.emitted('cancelReply')]).toEqual([1, undefined])
    await composer.setProps({ editing: undefined, replyTo: undefined })
    await box.trigger('keydown', { key: 'ArrowUp' })
    expect(composer.emitted('editLast')).toHaveLength(1)
  })

  it('an unchanged edit changes nothing', async () => {
    const { composer, enter } = await mount({ editing: message(3, 'me', 'same') })
    await enter()
    expect(composer.emitted('edit')).toBeUndefined()
    expect(composer.emitted('cancelEdit')).toHaveLength(1)
  })

  it('[U-D2] a failed message is written anew: a new send that replaces it', async () => {
    const { composer, box, enter } = await mount()
    await box.setValue('typed before')
    await composer.setProps({ editing: local('failed-1', 'refused', { state: 'failed', failure: 'too_long' }) })
    await composer.setProps({ editing: undefined })
    await nextTick()
    expect(box.element.value).toBe('typed before\nrefused')
    await enter()
    expect(composer.emitted('send')).toEqual([[{ content: { type: 'text', text: 'typed before\nrefused' }, replaces: 'failed-1' }]])
  })
})

describe('[U-P13] typing', () => {
  it('is told while text changes and ends with the send, the emptied box and the blur', async () => {
    const { composer, box, enter } = await mount()
    const told = () => (composer.emitted('typing') ?? []).map(([on]) => on)
    await box.setValue('a')
    await box.setValue('ab')
    expect(told()).toEqual([true])
    await enter()
    expect(told()).toEqual([true, false])
    await box.setValue('c')
    await box.setValue('')
    await box.setValue('d')
    await box.trigger('blur')
    expect(told()).toEqual([true, false, true, false, true, false])
  })
})

describe('[U-P8] paste', () => {
  const paste = async (data: Record<string, string>) => {
    const { box } = await mount()
    const event = Object.assign(new Event('paste', { cancelable: true, bubbles: true }), { clipboardData: { types: Object.keys(data), getData: (type: string) => data[type] ?? '' } })
    box.element.dispatchEvent(event)
    await vi.dynamicImportSettled()
    await nextTick()
    return { value: box.element.value, taken: event.defaultPrevented }
  }

  it('text/plain wins and is left to the browser, also beside an image', async () => {
    expect(await paste({ 'text/plain': 'a', 'text/html': '<b>a</b>', 'Files': '' })).toEqual({ value: '', taken: false })
  })
  it('HTML alone is pasted as its text', async () => {
    expect(await paste({ 'text/html': '<p>one <b>two</b></p><script>x()</script><p>three</p>' })).toEqual({ value: 'one two\nthree', taken: true })
  })
})
