import { mountSuspended, registerEndpoint } from '@nuxt/test-utils/runtime'
import { DOMWrapper, type VueWrapper } from '@vue/test-utils'
import axe from 'axe-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import ConversationList from '#parley/components/conversation/ConversationList.vue'
import OwnSettings from '#parley/components/conversation/OwnSettings.vue'
import { useConversationsStore } from '#parley/stores/conversations.ts'
import { adoptStub, host } from '#parley/tests/helpers/adopt-stub.ts'
import { jsonBody } from '#parley/tests/helpers/endpoint.ts'
import { sampleWorld } from '#parley/tests/helpers/sample-world.ts'
import { summary, type StubChatClient } from '#parley/tests/helpers/stub-chat-client.ts'

const asked: unknown[] = []
for (const id of ['c-launch', 'c-maya', 'c-wang']) {
  registerEndpoint(`/api/conversations/${id}/me`, { method: 'PATCH', handler: (event) => {
    asked.push([id, jsonBody(event)])
    return { conversation: summary(id) }
  } })
}

const body = () => new DOMWrapper(document.body)
const item = (id: string) => body().get<HTMLElement>(`[data-testid=${id}]`)

describe('own settings of a conversation', () => {
  let stub: StubChatClient
  let mounted: VueWrapper | undefined
  beforeEach(() => {
    asked.length = 0
    stub = adoptStub(sampleWorld(Date.now()))
  })
  afterEach(async () => {
    mounted?.unmount()
    useConversationsStore().setCurrent(undefined)
    await host().end({ erase: false })
  })

  async function openMenu(id: string, how: 'button' | 'contextmenu' = 'contextmenu'): Promise<void> {
    mounted = await mountSuspended(ConversationList, { attachTo: document.body })
    const row = mounted.get<HTMLElement>(`[data-conversation=${id}]`)
    if (how === 'button') await new DOMWrapper(row.element.parentElement!).get('[data-testid=conversation-menu]').trigger('click')
    // Without a position, as Shift+F10 and the menu key send it.
    else await row.trigger('contextmenu', { clientX: 0, clientY: 0 })
    await expect.poll(() => body().find('[role=menu]').exists()).toBe(true)
  }

  it('the button of a row, a right-click and the menu key open the menu; its button tells that it is open', async () => {
    await openMenu('c-maya', 'button')
    const button = mounted!.get('[data-conversation=c-maya] + [data-testid=conversation-menu]')
    expect(button.attributes()).toMatchObject({ 'aria-haspopup': 'menu', 'aria-expanded': 'true', 'aria-label': 'Options for Maya Okafor' })
    expect(document.activeElement?.getAttribute('data-testid')).toBe('own-pin')
    const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false }, 'target-size': { enabled: false }, 'region': { enabled: false } } })
    expect(violations.map(each => each.id)).toEqual([])
    await body().get('[role=menu]').trigger('keydown', { key: 'Escape' })
    expect(body().find('[role=menu]').exists()).toBe(false)
  })

  it('pins, and says which notifications one gets', async () => {
    await openMenu('c-maya')
    expect(body().findAll('[role=menuitemradio]').map(radio => radio.attributes('aria-checked'))).toEqual(['true', 'false', 'false'])
    await item('own-pin').trigger('click')
    await expect.poll(() => asked).toEqual([['c-maya', { pinned: true }]])
    await mounted!.get('[data-conversation=c-maya]').trigger('contextmenu')
    await expect.poll(() => body().find('[role=menu]').exists()).toBe(true)
    await body().get('[data-level=mentions]').trigger('click')
    await expect.poll(() => asked.at(-1)).toEqual(['c-maya', { notify: 'mentions' }])
  })

  it('hides, and what is hidden is found by the search and can be shown again', async () => {
    await openMenu('c-wang')
    await item('own-hide').trigger('click')
    await expect.poll(() => asked).toEqual([['c-wang', { hidden: true }]])
    stub.patch('c-wang', { hidden: true })
    await expect.poll(() => mounted!.find('[data-conversation=c-wang]').exists()).toBe(false)
    await mounted!.get('[data-testid=conversation-filter]').setValue('王磊')
    await mounted!.get('[data-conversation=c-wang]').trigger('contextmenu')
    await expect.poll(() => body().find('[data-testid=own-hide]').exists()).toBe(true)
    expect(item('own-hide').text()).toBe('Show in the list')
    await item('own-hide').trigger('click')
    await expect.poll(() => asked.at(-1)).toEqual(['c-wang', { hidden: false }])
  })

  it('[§8] marks the last message as unread, and the next opening takes the mark away', async () => {
    await openMenu('c-wang')
    stub.patch('c-wang', { lastMessage: { seq: 1, cid: 'x', sender: 'u-wang', at: 1, reactions: [] } })
    await expect.poll(() => body().find('[data-testid=own-unread]').exists()).toBe(true)
    expect(item('own-unread').text()).toBe('Mark as unread')
    await item('own-unread').trigger('click')
    await expect.poll(() => asked).toEqual([['c-wang', { unreadFrom: 1 }]])
    stub.patch('c-wang', { unreadFrom: 1 })
    await expect.poll(() => mounted!.get('[data-conversation=c-wang]').text()).toContain('Marked as unread')
    useConversationsStore().setCurrent('c-wang')
    await expect.poll(() => asked.at(-1)).toEqual(['c-wang', { unreadFrom: 0 }])
  })

  it('marks as read up to the head', async () => {
    await openMenu('c-maya')
    expect(item('own-unread').text()).toBe('Mark as read')
    await item('own-unread').trigger('click')
    expect(stub.calls).toContainEqual(['markRead', 'c-maya', 2])
    expect(asked).toEqual([])
  })

  it('the details offer the same', async () => {
    mounted = await mountSuspended(OwnSettings, { props: { conversation: stub.conversation('c-launch')!, self: false } })
    expect(mounted.findAll<HTMLInputElement>('[data-testid=details-notify]').map(({ element }) => element.checked)).toEqual([true, false, false])
    await mounted.findAll('[data-testid=details-notify]')[2]!.setValue(true)
    await expect.poll(() => asked).toEqual([['c-launch', { notify: 'none' }]])
    await mounted.get('[data-testid=details-pin]').trigger('click')
    await expect.poll(() => asked.at(-1)).toEqual(['c-launch', { pinned: true }])
  })
})
