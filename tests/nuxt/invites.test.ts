import { mountSuspended, registerEndpoint } from '@nuxt/test-utils/runtime'
import { DOMWrapper, flushPromises, type VueWrapper } from '@vue/test-utils'
import axe from 'axe-core'
import { createPinia, getActivePinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import BrowseConversations from '#parley/components/conversation/BrowseConversations.vue'
import DetailsPanel from '#parley/components/conversation/DetailsPanel.vue'
import InviteLinks from '#parley/components/conversation/InviteLinks.vue'
import InvitePage from '#parley/pages/invite/[token].vue'
import type { InvitePreviewResponse } from '#parley/shared/http.ts'
import { adoptStub, host } from '#parley/tests/helpers/adopt-stub.ts'
import { errorAnswer, jsonBody } from '#parley/tests/helpers/endpoint.ts'
import { sampleWorld } from '#parley/tests/helpers/sample-world.ts'
import { stubAccount, summary } from '#parley/tests/helpers/stub-chat-client.ts'

const asked: unknown[] = []
const note = (name: string) => (event: object) => void asked.push([name, jsonBody(event)])
let preview: InvitePreviewResponse | undefined

registerEndpoint('/api/conversations/c-launch/invites', () => ({ invites: [{ id: 'old', conversation: 'c-launch', creator: 'u-lin', registers: false, createdAt: 1, maxUses: 10, uses: 3 }] }))
registerEndpoint('/api/conversations/c-launch/invites', { method: 'POST', handler: (event) => {
  note('create')(event)
  return { token: 'tok', invite: { id: 'new', conversation: 'c-launch', creator: stubAccount.id, registers: false, createdAt: 2, uses: 0 } }
} })
registerEndpoint('/api/conversations/c-launch/invites/old', { method: 'DELETE', handler: (event) => {
  note('revoke')(event)
  return null
} })
registerEndpoint('/api/conversations/c-launch', { method: 'PATCH', handler: (event) => {
  note('change')(event)
  return { conversation: summary('c-launch') }
} })
registerEndpoint('/api/conversations/c-launch/members/u-lin', { method: 'PATCH', handler: (event) => {
  note('role')(event)
  return { conversation: summary('c-launch') }
} })
registerEndpoint('/api/conversations/public', () => ({ conversations: [
  { id: 'p-1', kind: 'channel', title: 'News', topic: 'What is new', memberCount: 7, member: false },
  { id: 'c-launch', kind: 'group', title: 'Launch', memberCount: 5, member: true },
] }))
registerEndpoint('/api/conversations/p-1/join', { method: 'POST', handler: (event) => {
  note('join')(event)
  return { conversation: summary('p-1') }
} })
registerEndpoint('/api/me', () => errorAnswer(401, 'unauthenticated'))
registerEndpoint('/api/invites/tok', () => preview ?? errorAnswer(404, 'not_found'))
registerEndpoint('/api/invites/tok/accept', { method: 'POST', handler: (event) => {
  note('accept')(event)
  return { conversation: summary('c-new') }
} })

const body = () => new DOMWrapper(document.body)
const noViolations = async () => {
  const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false }, 'target-size': { enabled: false }, 'region': { enabled: false } } })
  expect(violations.map(each => `${each.id} ${each.nodes.map(node => node.html).join()}`)).toEqual([])
}

describe('invite links and public conversations', () => {
  let mounted: VueWrapper | undefined
  beforeEach(() => {
    asked.length = 0
    preview = undefined
  })
  afterEach(async () => {
    mounted?.unmount()
    mounted = undefined
    await host().end({ erase: false })
  })

  it('lists what is in force, makes a link with its terms, shows it once, and revokes', async () => {
    adoptStub(sampleWorld(Date.now()))
    mounted = await mountSuspended(InviteLinks, { props: { conversation: 'c-launch', mayRegister: false }, attachTo: document.body })
    await expect.poll(() => mounted!.findAll('[data-testid=invite]').map(row => row.text())).toEqual(['By 林小雨3 of 10 used · until revoked'])
    await mounted.get('[data-testid=invite-new]').trigger('click')
    expect(mounted.find('[data-testid=invite-registers]').exists()).toBe(false)
    await mounted.get('[data-testid=invite-expiry]').setValue('day')
    await mounted.get('[data-testid=invite-limit]').setValue('10')
    await noViolations()
    await mounted.get('form').trigger('submit')
    await expect.poll(() => asked).toEqual([['create', { expiresIn: 86_400_000, maxUses: 10 }]])
    await expect.poll(() => mounted!.find<HTMLInputElement>('[data-testid=invite-link]').element.value).toBe(`${window.location.origin}/invite/tok`)
    expect(mounted.findAll('[data-testid=invite]')).toHaveLength(2)
    await mounted.findAll('[data-testid=invite-revoke]')[1]!.trigger('click')
    await expect.poll(() => mounted!.findAll('[data-testid=invite]')).toHaveLength(1)
    expect(asked.at(-1)).toEqual(['revoke', null])
  })

  it('details: topic and title, public or not, and an owner makes another', async () => {
    const stub = adoptStub(sampleWorld(Date.now()))
    mounted = await mountSuspended(DetailsPanel, { props: { conversation: stub.conversation('c-launch')! }, attachTo: document.body })
    await mounted.get('[data-testid=rename]').trigger('click')
    await mounted.get('[data-testid=rename-topic]').setValue('  Posters ')
    await mounted.get('[data-testid=rename-save]').trigger('submit')
    await expect.poll(() => asked).toEqual([['change', { topic: 'Posters' }]])
    await mounted.get('[data-testid=details-public]').trigger('change')
    await expect.poll(() => asked.at(-1)).toEqual(['change', { public: true }])
    const menu = mounted.get('[data-testid=member][data-username=lin] [data-testid=member-menu]')
    await menu.trigger('keydown', { key: 'Enter' })
    await expect.poll(() => body().find('[data-testid=make-owner]').exists()).toBe(true)
    await body().get('[data-testid=make-owner]').trigger('click')
    await expect.poll(() => body().find('[data-testid=confirm]').exists()).toBe(true)
    await body().get('[data-testid=confirm]').trigger('click')
    await expect.poll(() => asked.at(-1)).toEqual(['role', { role: 'owner' }])
  })

  it('public conversations are joined with one press, and those one is in are opened', async () => {
    const world = sampleWorld(Date.now())
    adoptStub({ ...world, conversations: [...world.conversations, summary('p-1')] })
    mounted = await mountSuspended(BrowseConversations, { attachTo: document.body })
    await expect.poll(() => mounted!.findAll('[data-testid=browse-join]').map(button => button.attributes('aria-label'))).toEqual(['Join News', 'Open Launch'])
    await noViolations()
    await mounted.get('[data-title=News]').trigger('click')
    await expect.poll(() => mounted!.emitted('joined')).toEqual([['p-1']])
    await mounted.get('[data-title=Launch]').trigger('click')
    await expect.poll(() => mounted!.emitted('joined')).toEqual([['p-1'], ['c-launch']])
    expect(asked).toEqual([['join', null]])
  })

  it('the page of an invite: a guest is led to log-in or registration and back', async () => {
    preview = { registers: true, conversation: { id: 'c', kind: 'group', title: '上海', memberCount: 3, member: false } }
    // Nobody has logged in on this page.
    localStorage.removeItem('parley-account')
    setActivePinia(createPinia())
    mounted = await mountSuspended(InvitePage, { route: '/invite/tok', attachTo: document.body, global: { plugins: [getActivePinia()!] } })
    await expect.poll(() => mounted!.get('[data-testid=invite-card]').attributes('data-state')).toBe('shown')
    expect(mounted.get('h1').text()).toBe('上海')
    expect(mounted.get('[data-testid=invite-register]').attributes('href')).toBe('/login?next=%2Finvite%2Ftok&invite=tok')
    expect(mounted.get('[data-testid=invite-login]').attributes('href')).toBe('/login?next=%2Finvite%2Ftok')
    expect(mounted.find('[data-testid=invite-join]').exists()).toBe(false)
    await noViolations()
  })

  it('of one that does not count it says so, and nothing more', async () => {
    mounted = await mountSuspended(InvitePage, { route: '/invite/tok' })
    await expect.poll(() => mounted!.text()).toContain('does not count any more')
    await flushPromises()
    expect(mounted.find('[data-testid=invite-register]').exists()).toBe(false)
  })

  it('a user joins', async () => {
    adoptStub({ conversations: [summary('c-new')] })
    preview = { registers: false, conversation: { id: 'c-new', kind: 'channel', title: 'News', memberCount: 3, member: false } }
    mounted = await mountSuspended(InvitePage, { route: '/invite/tok' })
    await expect.poll(() => mounted!.find('[data-testid=invite-join]').exists()).toBe(true)
    await mounted.get('[data-testid=invite-join]').trigger('click')
    await expect.poll(() => asked).toEqual([['accept', null]])
  })
})
