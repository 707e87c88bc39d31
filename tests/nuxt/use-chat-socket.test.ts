import { registerEndpoint } from '@nuxt/test-utils/runtime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { effectScope } from 'vue'
import guard from '#parley/middleware/auth.global.ts'
import { readyStateOf, useChatSocket } from '#parley/composables/useChatSocket.ts'
import { adoptStub, host } from '#parley/tests/helpers/adopt-stub.ts'
import { stubAccount, summary, type StubChatClient } from '#parley/tests/helpers/stub-chat-client.ts'

const hello = { type: 'text', text: 'hello' } as const

describe('useChatSocket', () => {
  let stub: StubChatClient
  beforeEach(() => {
    stub = adoptStub({ conversations: [summary('c-1')] })
  })
  afterEach(() => host().end({ erase: false }))

  it('shows the state and the pending ops of the client', () => {
    const scope = effectScope()
    const socket = scope.run(useChatSocket)
    expect(socket?.state.value).toEqual({ name: 'idle' })
    stub.setState({ name: 'waiting', attempt: 1, retryAt: 5, cause: 'offline' })
    expect(socket?.state.value.name).toBe('waiting')
    socket?.send('c-1', hello)
    expect(socket?.pending.value).toBe(1)
    scope.stop()
  })

  it('maps the connection to the three states 0, 1 and 2', () => {
    expect(readyStateOf({ name: 'waiting', attempt: 1, retryAt: 0, cause: 'lost' })).toBe(0)
    expect(readyStateOf({ name: 'signed-out', reason: 'revoked' })).toBe(0)
    expect(readyStateOf({ name: 'online', since: 0 })).toBe(1)
    expect(readyStateOf({ name: 'connecting', attempt: 0 })).toBe(2)
  })

  it('hands incoming messages to a page, typed, until the page is gone', () => {
    const scope = effectScope()
    const heard: string[] = []
    scope.run(() => useChatSocket().on('message', (change) => {
      if (change.row.content?.type === 'text') heard.push(change.row.content.text)
    }))
    stub.receive('c-1', 'u-lin', 'one')
    scope.stop()
    stub.receive('c-1', 'u-lin', 'two')
    expect(heard).toEqual(['one'])
  })

  it('a listener may stop by itself', () => {
    const scope = effectScope()
    const heard: string[] = []
    const stop = scope.run(() => useChatSocket().on('typing', change => heard.push(change.conversation)))
    stub.emit({ type: 'typing', conversation: 'c-1', users: ['u-lin'] })
    stop?.()
    stub.emit({ type: 'typing', conversation: 'c-1', users: [] })
    expect(heard).toEqual(['c-1'])
    scope.stop()
  })

  it('keeps listening over a change of account, and shows idle in between', async () => {
    const scope = effectScope()
    const socket = scope.run(useChatSocket)
    stub.setState({ name: 'online', since: 1 })
    await host().end({ erase: false })
    expect(socket?.state.value.name).toBe('idle')
    const second = adoptStub({ state: { name: 'online', since: 2 } })
    expect(socket?.readyState.value).toBe(1)
    second.setState({ name: 'connecting', attempt: 1 })
    expect(socket?.readyState.value).toBe(2)
    scope.stop()
  })

  it('connect tries at once while a retry is being waited for, else starts', () => {
    const scope = effectScope()
    const socket = scope.run(useChatSocket)
    stub.setState({ name: 'waiting', attempt: 3, retryAt: 30_000, cause: 'unreachable' })
    socket?.connect()
    expect(stub.calls.at(-1)).toEqual(['retryNow'])
    socket?.disconnect()
    socket?.connect()
    expect(stub.calls.at(-1)).toEqual(['start'])
    scope.stop()
  })

  it('ending with erase empties the device, ending without does not (A5)', async () => {
    await host().end({ erase: false })
    expect(stub.calls).toEqual([['stop'], ['dispose']])
    const second = adoptStub()
    await host().end({ erase: true })
    expect(second.calls).toEqual([['stop'], ['erase'], ['dispose']])
  })
})

describe('a page of a host', () => {
  registerEndpoint('/api/me', { method: 'GET', handler: () => ({ user: stubAccount }) })
  registerEndpoint('/api/auth/logout', { method: 'POST', handler: () => ({}) })
  const open = () => {
    const to = { ...useRoute(), path: '/orders', fullPath: '/orders?page=2', meta: { loggedIn: true } }
    return useNuxtApp().runWithContext(() => guard(to, to))
  }

  it('connects whoever is logged in; others log in first', async () => {
    // As a page begins: nobody is known, and nothing is remembered.
    await host().end({ erase: false })
    useAccountStore().$dispose()
    localStorage.clear()
    expect(host().client.value).toBeUndefined()
    expect(await open()).toBeUndefined()
    expect(host().client.value?.account).toEqual(stubAccount)
    await useAccountStore().logOut()
    expect(host().client.value).toBeUndefined()
    await open()
    expect(useRouter().currentRoute.value).toMatchObject({ path: '/login', query: { next: '/orders?page=2' } })
  })
})
