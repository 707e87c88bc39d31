import { mountSuspended, registerEndpoint } from '@nuxt/test-utils/runtime'
import { DOMWrapper, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import NewConversationDialog from '#parley/components/conversation/NewConversationDialog.vue'
import { adoptStub, host } from '#parley/tests/helpers/adopt-stub.ts'
import { jsonBody } from '#parley/tests/helpers/endpoint.ts'
import { summary } from '#parley/tests/helpers/stub-chat-client.ts'

const people = [{ id: 'u-lin', username: 'lin', displayName: '林小雨' }, { id: 'u-maya', username: 'maya', displayName: 'Maya Okafor' }]
const created: unknown[] = []

registerEndpoint('/api/users', () => ({ users: people }))
registerEndpoint('/api/conversations', {
  method: 'POST',
  handler: (event) => {
    created.push(jsonBody(event))
    return { conversation: summary('c-new') }
  },
})

/** Dialogs live at the end of the document, outside the component that opens them. */
const body = () => new DOMWrapper(document.body)
const byId = (id: string) => body().get<HTMLInputElement>(`[data-testid=${id}]`)
const option = (username: string) => body().find(`[data-username=${username}]`)

describe('new-conversation dialog', () => {
  let dialog: VueWrapper
  beforeEach(async () => {
    created.length = 0
    adoptStub({ conversations: [summary('c-new')] })
    dialog = await mountSuspended(NewConversationDialog, { props: { open: true }, attachTo: document.body })
    await expect.poll(() => option('lin').exists()).toBe(true)
  })
  afterEach(async () => {
    dialog.unmount()
    await host().end({ erase: false })
  })

  async function create(): Promise<void> {
    await body().get('form').trigger('submit')
    await expect.poll(() => created.length).toBe(1)
  }

  it('one person and no title is a direct conversation', async () => {
    await option('lin').trigger('click')
    expect(byId('conversation-create').text()).toBe('Start conversation')
    await create()
    expect(created).toEqual([{ kind: 'direct', user: 'u-lin' }])
    await expect.poll(() => dialog.emitted('update:open')?.at(-1)).toEqual([false])
  })

  it('a title makes it a group', async () => {
    await option('lin').trigger('click')
    await byId('conversation-title').setValue('Launch')
    await create()
    expect(created).toEqual([{ kind: 'group', title: 'Launch', members: ['u-lin'] }])
  })

  it('several people without a title are a group called after them', async () => {
    await option('lin').trigger('click')
    await option('maya').trigger('click')
    await create()
    expect(created).toEqual([{ kind: 'group', title: '林小雨, Maya Okafor', members: ['u-lin', 'u-maya'] }])
  })

  it('oneself alone is notes to self', async () => {
    await option('chen').trigger('click')
    await create()
    expect(created).toEqual([{ kind: 'direct', user: 'u-chen' }])
  })

  it('works by keyboard: arrows move, Enter chooses, Backspace takes back, and an IME keeps its keys', async () => {
    const search = byId('user-search')
    await search.trigger('keydown', { key: 'ArrowDown' })
    await search.trigger('keydown', { key: 'Enter', isComposing: true })
    expect(option('lin').attributes('aria-selected')).toBe('false')
    await search.trigger('keydown', { key: 'Enter' })
    expect(option('lin').attributes('aria-selected')).toBe('true')
    await search.trigger('keydown', { key: 'Backspace' })
    expect(option('lin').attributes('aria-selected')).toBe('false')
    expect(created).toEqual([])
  })

  it('cannot be sent empty', () => {
    expect(byId('conversation-create').attributes('disabled')).toBeDefined()
  })
})
