import { mountSuspended, registerEndpoint } from '@nuxt/test-utils/runtime'
import { afterEach, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import LoginRows from '#parley/components/settings/LoginRows.vue'
import SettingsSection from '#parley/components/settings/SettingsSection.vue'
import { provideServerAway } from '#parley/composables/useServerAway.ts'
import { adoptStub, host } from '#parley/tests/helpers/adopt-stub.ts'
import { errorAnswer } from '#parley/tests/helpers/endpoint.ts'

/** Settings while the server is away (U-O1). */

afterEach(() => host().end({ erase: false }))

it('[U-O1] what needs the server is locked while that is away, but never under the hands of who writes in it', async () => {
  const away = ref(false)
  const page = await mountSuspended(defineComponent({
    setup() {
      provideServerAway(away)
      const text = () => [h('input', { name: 'words' }), h('button', 'Save')]
      return () => [h(SettingsSection, { title: 'Theirs', server: true }, text), h(SettingsSection, { title: 'Mine' }, text)]
    },
  }), { attachTo: document.body })
  const locked = () => page.findAll('fieldset').map(card => card.element.disabled)
  expect(locked()).toEqual([false, false])
  away.value = true
  await nextTick()
  expect(locked()).toEqual([true, false])
  away.value = false
  await nextTick()
  const field = page.get<HTMLInputElement>('input')
  field.element.focus()
  away.value = true
  await nextTick()
  expect([locked(), document.activeElement === field.element]).toEqual([[false, false], true])
  field.element.blur()
  await nextTick()
  expect(locked()).toEqual([true, false])
  // A button is not written in.
  away.value = false
  await nextTick()
  page.get<HTMLButtonElement>('button').element.focus()
  away.value = true
  await nextTick()
  expect(locked()).toEqual([true, false])
  page.unmount()
})

it('[U-O1] what could not be asked for is said by the banner alone, and comes when the connection stands; a refusal is said here', async () => {
  let answer: () => object = () => new Response('bad gateway', { status: 502 })
  let asked = 0
  registerEndpoint('/api/me/connections', () => {
    asked++
    return answer()
  })
  const stub = adoptStub({ state: { name: 'waiting', attempt: 1, retryAt: 0, cause: 'unreachable' } })
  const rows = await mountSuspended(LoginRows)
  await vi.waitFor(() => expect(asked).toBe(1))
  await nextTick()
  expect(rows.find('[role=alert]').exists()).toBe(false)
  const login = { id: 'l1', current: true, userAgent: '', address: '', createdAt: 1, lastSeenAt: 1, connections: [] }
  answer = () => ({ logins: [login] })
  // As often as it takes for the failure to be there before the connection.
  await vi.waitFor(async () => {
    stub.setState({ name: 'waiting', attempt: 1, retryAt: 0, cause: 'unreachable' })
    await nextTick()
    stub.setState({ name: 'online', since: 1 })
    await nextTick()
    expect(rows.findAll('[data-testid=device]')).toHaveLength(1)
  })
  rows.unmount()
  answer = () => errorAnswer(429, 'too_many_requests')
  const refused = await mountSuspended(LoginRows)
  await vi.waitFor(() => expect(refused.get('[role=alert]').text()).toContain('Too many attempts'))
  answer = () => ({ logins: [login] })
  await refused.get('[role=alert] button').trigger('click')
  await vi.waitFor(() => expect(refused.find('[role=alert]').exists()).toBe(false))
  refused.unmount()
})
