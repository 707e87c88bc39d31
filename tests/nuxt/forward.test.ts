import { mountSuspended } from '@nuxt/test-utils/runtime'
import axe from 'axe-core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h, nextTick } from 'vue'
import EmojiDialog from '#parley/components/chat/composer/EmojiDialog.vue'
import ForwardDialog from '#parley/components/chat/message/ForwardDialog.vue'
import { identityColor } from '#parley/composables/useIdentityColor.ts'
import { useCopiedRows } from '#parley/composables/useCopiedRows.ts'
import { adoptStub, host } from '#parley/tests/helpers/adopt-stub.ts'
import { sampleWorld } from '#parley/tests/helpers/sample-world.ts'
import { message } from '#parley/tests/nuxt/timeline-fixtures.ts'

const needLayout = { 'color-contrast': { enabled: false }, 'target-size': { enabled: false }, 'region': { enabled: false } }
const violations = async () => (await axe.run(document.body, { rules: needLayout, resultTypes: ['violations'] })).violations.map(each => each.id)

afterEach(() => host().end({ erase: false }))

describe('[U-M1] forwarding', () => {
  it('chooses conversations by name and says how many; axe finds nothing', async () => {
    adoptStub(sampleWorld(Date.now()))
    const dialog = await mountSuspended(ForwardDialog, { props: { open: true, row: message(1, 'lin', 'look at this') }, attachTo: document.body })
    await nextTick()
    const options = () => [...document.querySelectorAll<HTMLElement>('[data-testid=forward-option]')]
    expect(options().length).toBe(6)
    // A person has one colour and picture everywhere, whatever the id of the conversation is.
    const colourOf = (title: string) => options().find(option => option.dataset.title === title)?.querySelector<HTMLElement>('[aria-hidden=true]')?.style.background
    expect(colourOf('王磊')).toBe(identityColor('u-wang'))
    expect(colourOf('Deploys')).toBe(identityColor('c-deploys'))
    expect(document.querySelector('blockquote')?.textContent).toContain('look at this')
    options().find(option => option.dataset.title === '王磊')?.click()
    options().find(option => option.dataset.title === 'Deploys')?.click()
    await nextTick()
    expect(options().filter(option => option.getAttribute('aria-checked') === 'true')).toHaveLength(2)
    const send = document.querySelector<HTMLButtonElement>('[data-testid=forward-send]')!
    expect(send.textContent).toContain('Send to 2 conversations')
    expect(await violations()).toEqual([])
    send.closest('form')!.dispatchEvent(new Event('submit', { cancelable: true }))
    expect(dialog.emitted('forward')).toEqual([[['c-wang', 'c-deploys']]])
    dialog.unmount()
  })
})

it('the emoji picker: groups, keys and names; axe finds nothing', async () => {
  const dialog = await mountSuspended(EmojiDialog, { props: { open: true, title: 'React' }, attachTo: document.body })
  await vi.waitFor(() => expect(document.querySelectorAll('[data-testid=emoji-option]').length).toBeGreaterThan(100))
  expect(document.querySelectorAll('[role=tab]')).toHaveLength(9)
  expect(document.querySelectorAll('[data-testid=emoji-option][tabindex="0"]')).toHaveLength(1)
  expect(await violations()).toEqual([])
  dialog.unmount()
})

describe('[U-M2] copying', () => {
  const rows = [message(1, 'lin', 'first\nsecond line'), message(2, 'me', 'mine'), message(3, 'lin', '**x**')]

  async function copy(from: string, to: string) {
    const list = await mountSuspended(defineComponent({
      setup() {
        useCopiedRows({ rows: () => rows, name: id => id === 'me' ? '陈晓' : '林小雨', locale: () => 'en' })
        return () => h('div', { 'data-testid': 'timeline' }, [h('div', rows.map(row => h('article', { 'data-testid': 'message', 'data-kind': 'message', 'data-cid': row.cid }, row.cid)))])
      },
    }), { attachTo: document.body })
    const text = (cid: string) => list.get(`[data-cid=${cid}]`).element.firstChild!
    const range = document.createRange()
    range.setStart(text(from), 1)
    range.setEnd(text(to), 2)
    vi.spyOn(document, 'getSelection').mockReturnValue({ isCollapsed: false, getRangeAt: () => range } as never)
    const setData = vi.fn<(type: string, text: string) => void>()
    const event = Object.assign(new Event('copy', { cancelable: true, bubbles: true }), { clipboardData: { setData } })
    window.dispatchEvent(event)
    list.unmount()
    vi.restoreAllMocks()
    return { data: setData.mock.calls.map(([, text]) => text), taken: event.defaultPrevented }
  }

  it('several messages become «name time: text» lines, as typed', async () => {
    const { data, taken } = await copy('cid-1', 'cid-3')
    expect(taken).toBe(true)
    expect(data[0]?.replaceAll(/\d\d:\d\d/g, 'hh:mm')).toBe('林小雨 hh:mm: first\nsecond line\n陈晓 hh:mm: mine\n林小雨 hh:mm: **x**')
  })

  it('a selection within one is the browser’s own', async () => {
    expect(await copy('cid-2', 'cid-2')).toEqual({ data: [], taken: false })
  })
})
