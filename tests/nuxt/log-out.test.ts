import { mountSuspended, registerEndpoint } from '@nuxt/test-utils/runtime'
import { DOMWrapper, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nextTick } from 'vue'
import AccountButton from '#parley/components/account/AccountButton.vue'
// Loaded here already: a busy machine may need longer for it than one waits for a menu.
import '#parley/components/account/AccountMenu.vue'
import { adoptStub, host } from '#parley/tests/helpers/adopt-stub.ts'
import { summary, type StubChatClient } from '#parley/tests/helpers/stub-chat-client.ts'

let calls = 0
let reachable = true
registerEndpoint('/api/auth/logout', {
  method: 'POST',
  handler: () => {
    calls++
    return reachable ? null : new Response('bad gateway', { status: 502 })
  },
})

const body = () => new DOMWrapper(document.body)
const shown = (id: string) => body().find(`[data-testid=${id}]`)
const hello = { type: 'text', text: 'hello' } as const

describe('log-out', () => {
  let stub: StubChatClient
  let button: VueWrapper
  beforeEach(async () => {
    calls = 0
    reachable = true
    stub = adoptStub({ conversations: [summary('c-1')], state: { name: 'online', since: 0 } })
    button = await mountSuspended(AccountButton, { attachTo: document.body })
  })
  afterEach(async () => {
    button.unmount()
    await host().end({ erase: false })
  })

  async function chooseLogOut(): Promise<void> {
    await button.get('[data-testid=account-menu]').trigger('click')
    await expect.poll(() => shown('logout').exists()).toBe(true)
    await shown('logout').trigger('click')
  }

  it('asks nothing when nothing would be lost, closes the socket before it tells the server, and erases (A5)', async () => {
    await chooseLogOut()
    await expect.poll(() => stub.calls.some(call => call[0] === 'erase')).toBe(true)
    expect(calls).toBe(1)
    expect(stub.calls.map(call => call[0]).filter(name => name !== 'setActive').slice(0, 1)).toEqual(['stop'])
  })

  it('[R15] asks when messages wait, and staying changes nothing', async () => {
    stub.send('c-1', hello)
    await chooseLogOut()
    await expect.poll(() => shown('logout-stay').exists()).toBe(true)
    expect(document.body.textContent).toContain('1 message has not been sent.')
    await shown('logout-stay').trigger('click')
    expect(calls).toBe(0)
    expect(host().client.value?.pending()).toBe(1)
  })

  it('[R15] dropping logs out at once', async () => {
    stub.send('c-1', hello)
    await chooseLogOut()
    await expect.poll(() => shown('logout-drop').exists()).toBe(true)
    await shown('logout-drop').trigger('click')
    await expect.poll(() => calls).toBe(1)
  })

  it('[R15] sending first waits for the last acknowledgement', async () => {
    const { cid } = stub.send('c-1', hello)
    await chooseLogOut()
    await expect.poll(() => shown('logout-send-first').exists()).toBe(true)
    await shown('logout-send-first').trigger('click')
    await nextTick()
    expect(calls).toBe(0)
    stub.acknowledge(cid)
    await expect.poll(() => calls).toBe(1)
  })

  it('[R15] a message that is rejected meanwhile is asked about again', async () => {
    const { cid } = stub.send('c-1', hello)
    await chooseLogOut()
    await expect.poll(() => shown('logout-send-first').exists()).toBe(true)
    await shown('logout-send-first').trigger('click')
    stub.reject(cid, 'forbidden')
    await nextTick()
    await nextTick()
    expect(calls).toBe(0)
    expect(document.body.textContent).toContain('Some messages could not be sent.')
  })

  it('stays logged in when the server cannot be told', async () => {
    reachable = false
    await chooseLogOut()
    await expect.poll(() => stub.calls.at(-1)?.[0]).toBe('start')
    expect(host().client.value).toBeDefined()
    expect(stub.calls.some(call => call[0] === 'erase')).toBe(false)
  })
})
