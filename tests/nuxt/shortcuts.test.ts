import { mountSuspended, registerEndpoint } from '@nuxt/test-utils/runtime'
import axe from 'axe-core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick, shallowRef } from 'vue'
import QuickSwitcher from '#parley/components/shortcuts/QuickSwitcher.vue'
import ShortcutKeys from '#parley/components/shortcuts/ShortcutKeys.vue'
import ShortcutSheet from '#parley/components/shortcuts/ShortcutSheet.vue'
import { openConversationKey } from '#parley/composables/useOpenConversation.ts'
import { adoptStub, host } from '#parley/tests/helpers/adopt-stub.ts'
import { sampleWorld } from '#parley/tests/helpers/sample-world.ts'
import type { StubChatClient } from '#parley/tests/helpers/stub-chat-client.ts'

registerEndpoint('/api/users', () => ({ users: [...sampleWorld(0).users, { id: 'u-new', username: 'newcomer', displayName: 'Nadia' }] }))

const all = (id: string) => [...document.querySelectorAll<HTMLElement>(`[data-testid=${id}]`)]
const titles = () => all('switcher-option').map(option => option.dataset.title)
const box = () => document.querySelector<HTMLInputElement>('[data-testid=switcher]')!
const press = (key: string, init: KeyboardEventInit = {}, target: EventTarget = document.body) => {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init })
  target.dispatchEvent(event)
  return event.defaultPrevented
}
const violations = async () => (await axe.run(document.body, { rules: { 'color-contrast': { enabled: false }, 'target-size': { enabled: false }, 'region': { enabled: false } }, resultTypes: ['violations'] })).violations.map(each => `${each.id} ${each.nodes[0]?.html}`)

let stub: StubChatClient
/** Dialogs stand outside of what is mounted: cleared away first they could not close. */
const mounted: { unmount: () => void }[] = []
beforeEach(() => {
  stub = adoptStub(sampleWorld(Date.now()))
})
afterEach(() => {
  for (const { unmount } of mounted.splice(0)) unmount()
  host().end({ erase: false })
  document.body.innerHTML = ''
})

async function type(text: string) {
  box().value = text
  box().dispatchEvent(new Event('input'))
  await nextTick()
}

describe('the quick switcher', () => {
  it('[U-A3] offers conversations, the latest first and the open one last; names fit by letters and by pinyin', async () => {
    useConversationsStore().setCurrent('c-launch')
    mounted.push(await mountSuspended(QuickSwitcher, { props: { open: true }, attachTo: document.body }))
    await vi.waitFor(() => expect(titles()).toEqual(['Maya Okafor', 'Deploys', '王磊', 'Random', 'Notes to self', '上海 launch room']))
    expect(box().getAttribute('aria-activedescendant')).toBe(all('switcher-option')[0]?.id)
    expect(await violations()).toEqual([])
    await type('wl')
    await vi.waitFor(() => expect(titles()).toEqual(['王磊']))
    await type('lxy')
    await vi.waitFor(() => expect(titles()).toEqual(['林小雨']))
    await type('nothing like it')
    await vi.waitFor(() => expect(document.body.textContent).toContain('Nothing fits “nothing like it”'))
    expect(await violations()).toEqual([])
  })

  it('[U-A3] ↑ and ↓ choose, Enter goes there; an Enter of an input method does not', async () => {
    const switcher = await mountSuspended(QuickSwitcher, { props: { open: true }, attachTo: document.body })
    mounted.push(switcher)
    await vi.waitFor(() => expect(titles()).toHaveLength(6))
    press('ArrowDown', {}, box())
    press('ArrowDown', {}, box())
    press('ArrowUp', {}, box())
    await nextTick()
    const [, second] = titles()
    expect(document.querySelector('[aria-selected=true]')?.getAttribute('data-title')).toBe(second)
    press('Enter', { isComposing: true }, box())
    expect(switcher.emitted('go')).toBeUndefined()
    press('Enter', {}, box())
    expect(switcher.emitted('go')).toEqual([[stub.conversations().find(view => view.label === second)?.id]])
    expect(switcher.emitted('update:open')).toEqual([[false]])
  })

  it('finds people whom only the server knows, and none twice', async () => {
    mounted.push(await mountSuspended(QuickSwitcher, { props: { open: true }, attachTo: document.body }))
    await type('na')
    await vi.waitFor(() => expect(titles()).toContain('Nadia'))
    await type('maya')
    await vi.waitFor(() => expect(titles()).toEqual(['Maya Okafor']))
  })
})

describe('the help on shortcuts', () => {
  it('[U-A3] lists all of them by group, readable for all', async () => {
    mounted.push(await mountSuspended(ShortcutSheet, { props: { open: true }, attachTo: document.body }))
    const rows = [...document.querySelectorAll<HTMLElement>('[data-shortcut]')].map(row => `${row.dataset.shortcut}: ${row.querySelector('dd')?.innerText.replaceAll(/\s+/g, ' ').trim()}`)
    expect(rows).toHaveLength(15)
    expect(rows[0]).toMatch(/^switch: Ctrl ?K$/)
    expect(document.querySelectorAll('h3')).toHaveLength(5)
    expect(await violations()).toEqual([])
  })
})

describe('the shortcuts of the shell', () => {
  async function shell() {
    const page = { toEnd: vi.fn(), toggleDetails: vi.fn(), focus: vi.fn() }
    const keys = await mountSuspended(ShortcutKeys, { global: { provide: { [openConversationKey]: shallowRef(page) } } })
    return { keys, page }
  }

  it('[U-A3] Esc marks the open conversation as read and goes to its end, unless something else is open', async () => {
    const { page, keys } = await shell()
    useConversationsStore().setCurrent('c-random')
    const dialog = document.body.appendChild(Object.assign(document.createElement('div'), { role: 'dialog' }))
    press('Escape', {}, dialog)
    expect(page.toEnd).not.toHaveBeenCalled()
    dialog.remove()
    const field = document.body.appendChild(document.createElement('input'))
    press('Escape', {}, field)
    expect(page.toEnd).not.toHaveBeenCalled()
    press('Escape')
    expect(page.toEnd).toHaveBeenCalledOnce()
    expect(stub.calls).toContainEqual(['markRead', 'c-random', 140])
    keys.unmount()
  })

  it('[U-A3] Ctrl F searches in the open conversation, Alt I shows the details, and what another took is not ours', async () => {
    const { page, keys } = await shell()
    useConversationsStore().setCurrent('c-random')
    expect(press('f', { ctrlKey: true })).toBe(true)
    expect(keys.emitted('search')).toEqual([['c-random']])
    press('i', { altKey: true })
    expect(page.toggleDetails).toHaveBeenCalledOnce()
    const part = document.body.appendChild(document.createElement('div'))
    part.addEventListener('keydown', event => event.preventDefault())
    press('f', { ctrlKey: true }, part)
    expect(keys.emitted('search')).toHaveLength(1)
    keys.unmount()
    expect(press('f', { ctrlKey: true })).toBe(false)
  })
})
