import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import ConnectionBanner from '#parley/components/conversation/ConnectionBanner.vue'
import ConnectionStatus from '#parley/components/conversation/ConnectionStatus.vue'
import { adoptStub, host } from '#parley/tests/helpers/adopt-stub.ts'
import { summary, type StubChatClient } from '#parley/tests/helpers/stub-chat-client.ts'

const waiting = (cause: 'offline' | 'lost' | 'unreachable') => ({ name: 'waiting', attempt: 1, retryAt: Date.now() + 20_000, cause } as const)

describe('connection badge and banner', () => {
  let stub: StubChatClient
  beforeEach(() => {
    stub = adoptStub({ conversations: [summary('c-1')], state: { name: 'online', since: 0 } })
  })
  afterEach(async () => {
    vi.useRealTimers()
    await host().end({ erase: false })
  })

  async function later(ms: number): Promise<void> {
    vi.advanceTimersByTime(ms)
    await nextTick()
  }

  it('[U-L4] the badge leaves online at once, its words and the banner wait 2 s', async () => {
    const badge = await mountSuspended(ConnectionStatus)
    const banner = await mountSuspended(ConnectionBanner)
    vi.useFakeTimers()
    stub.setState(waiting('lost'))
    await nextTick()
    expect(badge.attributes('data-state')).toBe('waiting')
    expect(badge.text()).toBe('')
    await later(1_999)
    expect(banner.text()).toBe('')
    await later(1)
    expect(banner.text()).toContain('The connection was lost.')
    expect(badge.text()).toBe('Offline')
  })

  it('[U-L4] the dot is full only while the connection stands', async () => {
    const badge = await mountSuspended(ConnectionStatus)
    const full = () => badge.find('.bg-current').exists()
    expect(full()).toBe(true)
    for (const state of [waiting('lost'), { name: 'connecting', attempt: 1 } as const, { name: 'idle' } as const]) {
      stub.setState(state)
      await nextTick()
      expect(full()).toBe(false)
    }
    stub.setState({ name: 'online', since: 1 })
    await nextTick()
    expect(full()).toBe(true)
  })

  it('[U-L4] a short interruption shows nothing', async () => {
    const banner = await mountSuspended(ConnectionBanner)
    vi.useFakeTimers()
    stub.setState(waiting('lost'))
    await later(1_500)
    stub.setState({ name: 'online', since: 1 })
    await later(5_000)
    expect(banner.text()).toBe('')
  })

  it('[U-L4] the banner stays through attempts and goes with the welcome', async () => {
    const banner = await mountSuspended(ConnectionBanner)
    vi.useFakeTimers()
    stub.setState(waiting('unreachable'))
    await later(2_000)
    stub.setState({ name: 'connecting', attempt: 2 })
    await nextTick()
    expect(banner.text()).toContain('Connecting.')
    stub.setState({ name: 'online', since: 1 })
    await nextTick()
    expect(banner.text()).toBe('')
  })

  it('says how many messages wait, and what for', async () => {
    const badge = await mountSuspended(ConnectionStatus)
    const banner = await mountSuspended(ConnectionBanner)
    vi.useFakeTimers()
    stub.setState(waiting('offline'))
    stub.send('c-1', { type: 'text', text: 'one' })
    stub.send('c-1', { type: 'text', text: 'two' })
    await later(2_000)
    expect(banner.get('[role=status]').text()).toBe('Waiting for the network. 2 messages will be sent when it is back.')
    expect(badge.attributes('data-pending')).toBe('2')
  })

  it('counts down to the next try outside the live region, and tries now on demand', async () => {
    // Faked before mounting: the interval of the countdown begins there.
    vi.useFakeTimers()
    const banner = await mountSuspended(ConnectionBanner)
    stub.setState(waiting('unreachable'))
    await later(4_000)
    expect(banner.text()).toMatch(/Next try in 1[5-7] s/u)
    expect(banner.get('[role=status]').text()).not.toContain('Next try')
    await banner.get('button').trigger('click')
    expect(stub.calls.at(-1)).toEqual(['retryNow'])
  })

  it('[A5] tells at once that the login ended, that unsent messages are kept, and leads to the log-in page', async () => {
    const banner = await mountSuspended(ConnectionBanner)
    stub.send('c-1', { type: 'text', text: 'one' })
    stub.setState({ name: 'signed-out', reason: 'revoked' })
    await nextTick()
    expect(banner.get('[role=status]').text()).toBe('You were logged out. 1 unsent message is kept on this device.')
    expect(banner.get('[data-testid=login-again]').attributes('href')).toMatch(/^\/login/u)
  })

  it('[S4] tells when the server cannot store, while the connection is fine', async () => {
    const banner = await mountSuspended(ConnectionBanner)
    stub.emit({ type: 'store-status', status: 'full' })
    await nextTick()
    expect(banner.text()).toContain('no room')
    stub.emit({ type: 'store-status', status: 'ok' })
    await nextTick()
    expect(banner.text()).toBe('')
  })
})
