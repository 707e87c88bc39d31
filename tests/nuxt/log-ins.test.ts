import { mountSuspended, registerEndpoint } from '@nuxt/test-utils/runtime'
import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { afterEach, describe, expect, it } from 'vitest'
import type { LoginWays } from '#parley/shared/login-ways.ts'
import ApiTokens from '#parley/components/settings/ApiTokens.vue'
import LoginPage from '#parley/pages/login.vue'
import { jsonBody } from '#parley/tests/helpers/endpoint.ts'

const made: unknown[] = []
registerEndpoint('/api/me/tokens', { method: 'GET', handler: () => ({ tokens: [{ id: 't1', name: 'old', createdAt: 1 }, { id: 't2', name: 'reader', createdAt: 2, scopes: ['read'] }] }) })
registerEndpoint('/api/me/tokens', {
  method: 'POST',
  handler: (event) => {
    made.push(jsonBody(event))
    return { token: 'parley_x', id: 't3', name: 'bot', createdAt: 3, scopes: ['read', 'write'] }
  },
})

let page: VueWrapper
afterEach(() => page.unmount())
const hook = (name: string) => page.find(`[data-testid=${name}]`)

async function login(ways: LoginWays, route = '/login'): Promise<void> {
  useState<LoginWays | undefined>('login-ways').value = ways
  page = await mountSuspended(LoginPage, { attachTo: document.body, route })
}

describe('ways in beside a password', () => {
  it('[A8] the provider is a link that keeps the page that was asked for, beside the form', async () => {
    await login({ password: true, oidc: { label: 'Example ID' }, guests: 'off' }, '/login?next=/chat/c1')
    expect(hook('login-oidc').text()).toBe('Continue with Example ID')
    expect(hook('login-oidc').attributes('href')).toBe('/api/auth/oidc/start?next=%2Fchat%2Fc1')
    expect(hook('auth-submit').exists()).toBe(true)
    expect(hook('guest-offer').exists()).toBe(false)
  })

  it('[A8] an address of somebody else is not gone to afterwards', async () => {
    await login({ password: true, oidc: { label: 'x' }, guests: 'off' }, '/login?next=//evil.example')
    expect(hook('login-oidc').attributes('href')).toBe('/api/auth/oidc/start?next=%2Fchat')
  })

  it('[A8] where it is the only way there is no form, but for an admin who knows where', async () => {
    await login({ password: false, oidc: { label: 'x' }, guests: 'off' })
    expect(hook('auth-submit').exists()).toBe(false)
    page.unmount()
    await login({ password: false, oidc: { label: 'x' }, guests: 'off' }, '/login?local')
    expect(hook('auth-submit').exists()).toBe(true)
  })

  it('[A8] what was the matter there is said; what nobody knows is not', async () => {
    await login({ password: true, guests: 'off' }, '/login?problem=oidc_refused')
    expect(hook('login-problem').attributes('role')).toBe('alert')
    expect(hook('login-problem').text()).toBe('The log-in was cancelled there.')
    page.unmount()
    await login({ password: true, guests: 'off' }, '/login?problem=<b>')
    expect(hook('login-problem').exists()).toBe(false)
  })

  it('[A9] guests are asked for a name where they are let in, and not where an invite is needed', async () => {
    await login({ password: true, guests: 'invite' })
    expect(hook('guest-offer').exists()).toBe(false)
    page.unmount()
    await login({ password: true, guests: 'on' })
    await hook('guest-offer').trigger('click')
    await flushPromises()
    expect(document.activeElement).toBe(hook('guest-name').element)
    await hook('guest-enter').trigger('submit')
    expect(page.text()).toContain('Enter a name.')
  })
})

describe('what a token may do', () => {
  const choose = (name: string) => hook(name).setValue(true)

  it('[A7] is chosen, sent, and shown of those in force', async () => {
    page = await mountSuspended(ApiTokens, { attachTo: document.body })
    await expect.poll(() => page.findAll('[data-testid=token]').length).toBe(2)
    expect(page.findAll('[data-testid=token-scopes]').map(line => line.text())).toEqual(['Everything', 'Read'])
    await hook('token-name').setValue('bot')
    await choose('token-scopes-some')
    const boxes = () => page.findAll<HTMLInputElement>('[data-testid=token-scope]')
    expect(boxes().map(box => [box.attributes('data-scope'), box.element.checked])).toEqual([['read', true], ['write', true], ['manage', false]])
    for (const box of boxes().slice(0, 2)) await box.setValue(false)
    await page.get('form').trigger('submit')
    expect(page.text()).toContain('Choose at least one.')
    expect(made).toEqual([])
    await boxes()[0]!.setValue(true)
    await boxes()[2]!.setValue(true)
    await page.get('form').trigger('submit')
    await expect.poll(() => made).toEqual([{ name: 'bot', scopes: ['read', 'manage'] }])
  })
})
