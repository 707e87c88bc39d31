import { mountSuspended, registerEndpoint } from '@nuxt/test-utils/runtime'
import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import NotificationLayer from '#parley/components/notifications/NotificationLayer.vue'
import type { NotificationSettings } from '#parley/shared/notifications.ts'
import { adoptStub, host } from '#parley/tests/helpers/adopt-stub.ts'
import { sampleWorld } from '#parley/tests/helpers/sample-world.ts'
import type { StubChatClient } from '#parley/tests/helpers/stub-chat-client.ts'

let settings: NotificationSettings = { hideText: false }
registerEndpoint('/api/me/notifications', () => ({ settings }))

/** The page of these tests is in front, and its browser has neither locks nor notifications. */
describe('a page in front', () => {
  let stub: StubChatClient
  let layer: VueWrapper
  beforeEach(async () => {
    settings = { hideText: false }
    localStorage.clear()
    vi.spyOn(document, 'hasFocus').mockReturnValue(true)
  })
  afterEach(async () => {
    layer.unmount()
    vi.restoreAllMocks()
    await host().end({ erase: false })
  })

  async function open(): Promise<void> {
    stub = adoptStub(sampleWorld(Date.now()))
    stub.setState({ name: 'online', since: 1 })
    layer = await mountSuspended(NotificationLayer, { attachTo: document.body })
    await flushPromises()
  }
  const cards = () => layer.findAll('[data-testid=message-card]').map(card => card.text())
  const other = () => stub.conversations().find(({ notify, kind }) => notify === 'all' && kind === 'direct')!
  const sender = () => other().members.find(({ user }) => user.id !== stub.account.id)!.user.id

  it('[U-N2] shows a card for a message of another conversation, one for each, and takes it back on request', async () => {
    await open()
    stub.receive(other().id, sender(), 'first words')
    await expect.poll(cards).toEqual([expect.stringContaining('first words')])
    stub.receive(other().id, sender(), 'second words')
    await expect.poll(cards).toEqual([expect.stringContaining('second words')])
    await layer.get('[data-testid=message-card] button').trigger('click')
    expect(cards()).toEqual([])
  })

  it('[U-N2] shows nothing while one does not want to be disturbed', async () => {
    settings = { hideText: false, pausedUntil: Date.now() + 60_000 }
    await open()
    await expect.poll(() => localStorage.getItem('parley-notification-settings')).toContain('pausedUntil')
    stub.receive(other().id, sender(), 'not now')
    await flushPromises()
    settings = { hideText: false }
    expect(cards()).toEqual([])
  })

  it('[U-N2] hides the words where the account wants that', async () => {
    settings = { hideText: true }
    await open()
    await expect.poll(() => localStorage.getItem('parley-notification-settings')).toContain('"hideText":true')
    stub.receive(other().id, sender(), 'a secret')
    await expect.poll(() => cards().length).toBe(1)
    expect(cards()[0]).not.toContain('a secret')
  })
})
