import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import EmojiDialog from '#parley/components/chat/composer/EmojiDialog.vue'

beforeEach(() => localStorage.clear())
afterEach(() => void (document.body.innerHTML = ''))

const all = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)]
const option = (emoji: string) => document.querySelector<HTMLElement>(`[data-testid=emoji-option][data-emoji="${emoji}"]`)
const tones = () => all('[data-testid=emoji-tone]')

async function mount() {
  const dialog = await mountSuspended(EmojiDialog, { props: { open: true, title: 'React' }, attachTo: document.body })
  await vi.waitFor(() => expect(all('[data-testid=emoji-option]').length).toBeGreaterThan(0))
  const people = async () => {
    document.querySelector<HTMLElement>('[role=tab][aria-label="People"]')?.click()
    await vi.waitFor(() => expect(document.querySelector('[data-testid=emoji-option][data-emoji^="👋"]')).not.toBeNull())
  }
  return { dialog, people, chosen: () => dialog.emitted('choose')?.flat() }
}

describe('the emoji picker', () => {
  it('offers the tones of one emoji on a right click, by name, and gives exactly the one chosen', async () => {
    const { dialog, people, chosen } = await mount()
    await people()
    expect(option('👋')?.getAttribute('aria-haspopup')).toBe('true')
    option('👋')!.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true }))
    await vi.waitFor(() => expect(tones().map(tone => tone.textContent?.trim())).toEqual(['👋', '👋🏻', '👋🏼', '👋🏽', '👋🏾', '👋🏿']))
    expect(tones()[3]!.getAttribute('aria-label')).toBe('Medium skin tone')
    expect(document.activeElement).toBe(tones()[0])
    tones()[3]!.click()
    expect(chosen()).toEqual(['👋🏽'])
    dialog.unmount()
  })

  it('closes them with Esc without closing itself, and offers none where there are none', async () => {
    const { dialog, people } = await mount()
    expect(option('😀')?.hasAttribute('aria-haspopup')).toBe(false)
    await people()
    option('👋')!.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true }))
    await vi.waitFor(() => expect(tones()).toHaveLength(6))
    tones()[0]!.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }))
    await vi.waitFor(() => expect(tones()).toHaveLength(0))
    expect(dialog.emitted('update:open')).toBeUndefined()
    dialog.unmount()
  })

  it('remembers the tone of this device, and what was used last', async () => {
    const first = await mount()
    document.querySelector<HTMLElement>('[data-testid=emoji-default-tone]')!.click()
    await vi.waitFor(() => expect(tones()).toHaveLength(6))
    tones()[5]!.click()
    await first.people()
    option('👋🏿')!.click()
    expect(first.chosen()).toEqual(['👋🏿'])
    first.dialog.unmount()
    document.body.innerHTML = ''
    const second = await mount()
    expect(document.querySelector('[role=tab][aria-selected=true]')?.getAttribute('aria-label')).toBe('Recently used')
    expect(all('[data-testid=emoji-option]').map(each => each.dataset['emoji'])).toEqual(['👋🏿'])
    second.dialog.unmount()
  })

  it('makes nothing of a memory that it did not write', async () => {
    localStorage.setItem('parley:emoji', JSON.stringify({ tone: 'x', recent: [5, '👍', '<b>'] }))
    const { dialog } = await mount()
    expect(all('[data-testid=emoji-option]').map(each => each.dataset['emoji'])).toEqual(['👍'])
    dialog.unmount()
  })
})
