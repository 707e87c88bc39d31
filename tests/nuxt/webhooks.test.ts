import { mountSuspended, registerEndpoint } from '@nuxt/test-utils/runtime'
import type { VueWrapper } from '@vue/test-utils'
import { afterEach, expect, it, vi } from 'vitest'
import WebhookList from '#parley/components/conversation/WebhookList.vue'
import type { Hook, HookFailure } from '#parley/shared/hooks.ts'
import { errorAnswer, jsonBody } from '#parley/tests/helpers/endpoint.ts'

const path = '/api/conversations/room/hooks'
const hook = (more: Partial<NonNullable<Hook['outgoing']>> = {}): Hook => ({
  id: 'h1', kind: 'outgoing', bot: { id: 'b1', username: 'b1', displayName: 'Deployer', bot: true }, creator: 'me', createdAt: 1,
  outgoing: { url: 'https://ci.example/hook', events: ['message'], commands: [{ name: 'deploy' }], failures: 2, ...more },
})
let failures: HookFailure[] = []
let refusal = 'bad_content'
const asked: unknown[] = []
const retried: string[] = []

registerEndpoint(path, { method: 'GET', handler: () => ({ hooks: [hook({ pausedAt: 5, fault: '500' })] }) })
registerEndpoint(path, {
  method: 'POST',
  handler: (event) => {
    asked.push(jsonBody(event))
    return refusal === '' ? { hook: { ...hook({ failures: 0 }), id: 'h2' }, secret: 'the-secret' } : errorAnswer(422, refusal)
  },
})
registerEndpoint(`${path}/h1`, {
  method: 'PATCH',
  handler: (event) => {
    const { name, url, events, commands } = jsonBody(event) as { name?: string } & Partial<NonNullable<Hook['outgoing']>>
    if (name === undefined) return { hook: hook() }
    asked.push({ name, url, events, commands })
    if (refusal !== '') return errorAnswer(422, refusal)
    const changed = hook({ ...(url ? { url } : {}), ...(events ? { events } : {}), ...(commands ? { commands } : {}) })
    return { hook: { ...changed, bot: { ...changed.bot, displayName: name } } }
  },
})
registerEndpoint(`${path}/h1/failures`, () => ({ failures }))
for (const seq of [3, 4]) {
  registerEndpoint(`${path}/h1/failures/${seq}`, {
    method: 'POST',
    handler: () => {
      retried.push(String(seq))
      return seq === 3 ? { delivered: true } : { delivered: false, error: 'timeout' }
    },
  })
}

let list: VueWrapper
afterEach(() => list.unmount())
const on = (name: string) => list.find(`[data-testid=${name}]`)
const seen = (check: () => void) => vi.waitFor(check, { timeout: 5_000 })

async function open(): Promise<void> {
  list = await mountSuspended(WebhookList, { props: { conversation: 'room' }, attachTo: document.body })
  await seen(() => expect(on('hook').exists()).toBe(true))
}

it('events that were given up are listed with why, and leave the list when they were sent again', async () => {
  failures = [{ seq: 3, at: 1, attempts: 10, error: '500' }, { seq: 4, at: 2, attempts: 10, error: 'ECONNREFUSED' }]
  await open()
  expect(on('hook').text()).toContain('The server answered 500.')
  await on('hook-failures').trigger('click')
  await seen(() => expect(list.findAll('[data-testid=hook-failure]')).toHaveLength(2))
  for (const seq of ['3', '4']) {
    await list.get(`[data-seq="${seq}"] [data-testid=hook-retry]`).trigger('click')
    await seen(() => expect(retried.at(-1)).toBe(seq))
    await seen(() => expect(list.find('[aria-busy=true]').exists()).toBe(false))
  }
  expect(list.findAll('[data-testid=hook-failure]').map(row => row.attributes('data-seq'))).toEqual(['4'])
  expect(on('hook-failure').text()).toContain('did not answer in time')
  expect(on('hook-failures').text()).toContain('1 event ')
})

it('a paused webhook goes on when it is let', async () => {
  await open()
  expect(on('hook').attributes('data-state')).toBe('paused')
  await on('hook-pause').trigger('click')
  await seen(() => expect(on('hook').attributes('data-state')).toBe('active'))
})

it('what does not do is said at its field, and the secret is shown once', async () => {
  await open()
  await on('hook-new').trigger('click')
  await list.get('[data-kind=outgoing]').setValue()
  await on('hook-name').setValue('CI')
  await on('hook-url').setValue('no address')
  for (const [index, name] of ['help', 'a b', 'ok', '/OK'].entries()) {
    await on('hook-command-add').trigger('click')
    await list.findAll('[data-testid=hook-command]')[index]!.setValue(name)
  }
  await on('hook-form').trigger('submit')
  expect(asked).toEqual([])
  expect(list.findAll('[aria-invalid=true]').map(field => (field.element as HTMLInputElement).value)).toEqual(['no address', 'help', 'a b', '/OK'])
  for (const _ of [0, 1, 2]) await list.findAll('[data-testid=hook-command-remove]').at(-1)!.trigger('click')
  await on('hook-command').setValue('/Build')
  await on('hook-url').setValue('https://10.0.0.1/')
  await on('hook-form').trigger('submit')
  await seen(() => expect(on('hook-url').attributes('aria-invalid')).toBe('true'))
  expect(asked).toEqual([{ name: 'CI', url: 'https://10.0.0.1/', events: ['message'], commands: [{ name: 'build' }] }])
  refusal = 'bad_target'
  await on('hook-form').trigger('submit')
  await seen(() => expect(list.get('[role=alert]').text()).toContain('command of that name'))
  refusal = ''
  await on('hook-form').trigger('submit')
  await seen(() => expect((on('hook-address').element as HTMLInputElement).value).toBe('the-secret'))
  expect(on('hook-form').exists()).toBe(false)
})

it('a webhook is changed where it stands: its form is filled in, a refusal stays at its field, and afterwards one is back at its button', async () => {
  asked.length = 0
  refusal = 'bad_target'
  await open()
  await on('hook-edit').trigger('click')
  expect([on('hook-kind').exists(), (on('hook-name').element as HTMLInputElement).value, (on('hook-url').element as HTMLInputElement).value]).toEqual([false, 'Deployer', 'https://ci.example/hook'])
  expect(list.findAll<HTMLInputElement>('[data-testid=hook-event]').filter(box => box.element.checked).map(box => box.attributes('data-event'))).toEqual(['message'])
  expect((on('hook-command').element as HTMLInputElement).value).toBe('deploy')
  await on('hook-name').setValue('Builder')
  await on('hook-url').setValue('https://ci.example/other')
  await list.get('[data-event=edit]').setValue(true)
  await on('hook-form').trigger('submit')
  await seen(() => expect(list.get('[role=alert]').text()).toContain('command of that name'))
  const wanted = { name: 'Builder', url: 'https://ci.example/other', events: ['message', 'edit'], commands: [{ name: 'deploy' }] }
  expect(asked).toEqual([wanted])
  refusal = ''
  await on('hook-form').trigger('submit')
  await seen(() => expect(on('hook-form').exists()).toBe(false))
  expect(asked).toEqual([wanted, wanted])
  expect(on('hook').text()).toContain('Builder')
  expect(document.activeElement).toBe(on('hook-edit').element)
})
