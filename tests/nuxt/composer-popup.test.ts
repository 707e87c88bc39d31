import { mountSuspended, registerEndpoint } from '@nuxt/test-utils/runtime'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import MessageComposer from '#parley/components/chat/composer/MessageComposer.vue'
import type { ConversationView } from '#parley/client/types.ts'
import type { Member } from '#parley/shared/model.ts'
import { adoptStub, host } from '#parley/tests/helpers/adopt-stub.ts'
import { account, conversation, users } from '#parley/tests/nuxt/timeline-fixtures.ts'

const member = (id: string, username: string, displayName: string): Member => ({ user: { id, username, displayName }, role: 'member', readSeq: 0, deliveredSeq: 0, state: 'online' })
const members = [member('me', 'chen', '陈晓'), member('lin', 'lin', '林小雨'), member('maya', 'maya', 'Maya'), member('wang', '王磊', '王磊')]

async function mount(more: Partial<ConversationView> = {}) {
  const composer = await mountSuspended(MessageComposer, { props: { conversation: conversation({ members, memberCount: 4, ...more }), users, account }, attachTo: document.body })
  const box = composer.get<HTMLTextAreaElement>('[data-testid=composer]')
  vi.advanceTimersByTime(1_000)
  return {
    composer, box,
    async type(text: string) {
      await box.setValue(text)
      box.element.setSelectionRange(text.length, text.length)
      await box.trigger('input')
      await vi.dynamicImportSettled()
      await nextTick()
    },
    key: (key: string, more: object = {}) => box.trigger('keydown', { key, keyCode: 65, ...more }),
    options: () => composer.findAll('[data-testid=popup-option]').map(option => option.attributes('data-value')),
    sent: () => composer.emitted('send') ?? [],
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: 1_000_000 })
  return () => vi.useRealTimers()
})

describe('[U-P11] the popup for mentions', () => {
  it('offers members by name, never oneself; ↑ ↓ and Enter choose without sending', async () => {
    const { box, type, key, options, sent, composer } = await mount()
    await type('hello @')
    expect(options()).toEqual(['@lin', '@maya', '@王磊', '@all'])
    expect(box.attributes('aria-activedescendant')).toBe('composer-popup-0')
    await key('ArrowDown')
    await key('ArrowUp')
    await key('ArrowUp')
    expect(composer.get('[aria-selected=true]').attributes('data-value')).toBe('@all')
    await key('ArrowDown')
    await key('Enter')
    expect(box.element.value).toBe('hello @lin ')
    expect([sent(), options(), box.attributes('aria-activedescendant')]).toEqual([[], [], undefined])
    await key('Enter')
    expect(sent()).toHaveLength(1)
  })

  it('[U-O2] in a large group, whoever is renamed is offered by the new name', async () => {
    registerEndpoint('/api/conversations/room/members', () => ({ members: [...members, member('zhao', 'zhao', '赵敏')] }))
    const { emit } = adoptStub({})
    const { composer, type, options } = await mount({ memberCount: 60 })
    await type('@')
    await vi.waitFor(() => expect(options()).toContain('@zhao'))
    emit({ type: 'users', users: [{ id: 'zhao', username: 'zhao', displayName: 'Fennel' }] })
    await type('@fen')
    expect(options()).toEqual(['@zhao'])
    expect(composer.get('[data-testid=popup-option]').text()).toContain('Fennel')
    host().end({ erase: false })
  })

  it('finds Chinese names, and Tab chooses too', async () => {
    const { box, type, key, options } = await mount()
    await type('你好@王')
    expect(options()).toEqual(['@王磊'])
    await key('Tab')
    expect(box.element.value).toBe('你好@王磊 ')
  })

  it('[U-P2] while an input method composes, the keys are its own', async () => {
    const { box, type, key, options, sent } = await mount()
    await type('@l')
    await box.trigger('compositionstart')
    await key('Enter', { isComposing: true, keyCode: 229 })
    await key('ArrowDown', { isComposing: true, keyCode: 229 })
    expect([box.element.value, options(), sent()]).toEqual(['@l', ['@lin'], []])
  })

  it('Esc closes it for this word and nothing else; with nothing to choose Enter sends', async () => {
    const { composer, type, key, options, sent } = await mount()
    await type('@li')
    await key('Escape')
    expect(options()).toEqual([])
    await type('@lin')
    expect(options()).toEqual([])
    await type('@lin and @m')
    expect(options()).toEqual(['@maya'])
    await type('@nobody')
    await key('Enter')
    expect(sent()).toHaveLength(1)
    expect(composer.emitted('cancelReply')).toBeUndefined()
  })

  it('[S9] offers everyone only where that is allowed', async () => {
    const { type, options } = await mount({ memberCount: 21, role: 'member' })
    await type('@al')
    expect(options()).toEqual([])
  })

  it('a mention is deleted as one', async () => {
    const { box, type, key } = await mount()
    await type('hi @lin')
    await key('Backspace')
    expect([box.element.selectionStart, box.element.selectionEnd]).toEqual([3, 7])
    await type('hi @nobody')
    await key('Backspace')
    expect([box.element.selectionStart, box.element.selectionEnd]).toEqual([10, 10])
  })
})

it('[U-P11] the popup for emoji completes names between colons', async () => {
  const { box, type, key, options } = await mount()
  await type('nice :rock')
  await vi.waitFor(() => expect(options()).toContain('🚀'))
  await key('Enter')
  expect(box.element.value).toMatch(/^nice \p{RGI_Emoji} $/v)
})

it('the picker puts an emoji at the caret', async () => {
  const { composer, box, type } = await mount()
  await type('ab')
  box.element.setSelectionRange(1, 1)
  await composer.get('[data-testid=emoji]').trigger('click')
  await vi.dynamicImportSettled()
  await vi.waitFor(() => expect(document.querySelector('[data-testid=emoji-option]')).not.toBeNull())
  const search = document.querySelector<HTMLInputElement>('[data-testid=emoji-search]')!
  search.value = 'rocket'
  search.dispatchEvent(new Event('input'))
  await nextTick()
  document.querySelector<HTMLElement>('[data-testid=emoji-option]')?.click()
  await nextTick()
  expect(box.element.value).toBe('a🚀b')
})
