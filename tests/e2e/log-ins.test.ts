import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'
import { startOpenidProvider } from '#parley/tests/helpers/openid-provider.ts'
import type { OpenidProvider } from '#parley/tests/helpers/openid-provider.ts'
import { arrive } from '#parley/tests/helpers/person.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

/** People who come in without a password, at browsers (A8, A9). */

let browser: Browser
let provider: OpenidProvider
let server: ServerProcess
type Person = Awaited<ReturnType<typeof arrive>>
const people: Person[] = []

beforeAll(async () => {
  provider = await startOpenidProvider()
  const env = { NUXT_OIDC_ISSUER: provider.issuer, NUXT_OIDC_CLIENT_ID: provider.clientId, NUXT_OIDC_CLIENT_SECRET: provider.clientSecret, NUXT_OIDC_LABEL: 'Example ID', NUXT_GUESTS: 'on' };
  [browser, server] = await Promise.all([launchBrowser(), startServer({ env })])
})
afterEach(async () => {
  const errors = people.flatMap(person => person.errors)
  await Promise.all(people.splice(0).map(person => person.context.close()))
  expect(errors).toEqual([])
})
afterAll(async () => {
  await browser.close()
  await server.dispose()
  await provider.close()
})

async function come(name: string): Promise<Person> {
  const person = await arrive(browser, server.url, name)
  people.push(person)
  return person
}

test('[A8] [A9] one comes by the provider, another as a guest; they talk, and the guest stays', async () => {
  const ann = await come('ann')
  await ann.authenticate('register')
  await ann.startGroup('Garden', [])

  // The provider is away: said on the page, and nothing lost.
  const olga = await come('olga')
  await olga.goto('/settings/profile')
  await olga.page.waitForURL('**/login?next=**')
  await olga.on('login-oidc').click()
  await olga.on('login-problem').waitFor()
  expect(await olga.on('login-problem').getAttribute('data-problem')).toBe('oidc_unavailable')
  provider.serve(server.url)
  await olga.on('login-oidc').click()
  await olga.page.locator('input[name=login]').fill('olga')
  await olga.page.locator('input[name=password]').fill('any')
  await olga.page.locator('button[type=submit]').click()
  await olga.page.waitForURL(`${server.url}/settings/profile`)
  await olga.goto('/chat')
  await olga.connection('online')

  // By an invite straight into the conversation, by a name alone.
  await ann.on('details').click()
  await ann.on('invite-new').click()
  await ann.on('invite-create').click()
  const link = await ann.on('invite-link').inputValue()
  const gus = await come('gus')
  await gus.goto(new URL(link).pathname)
  await gus.on('guest-offer').click()
  await gus.on('guest-name').fill('Gus 古')
  await gus.on('guest-enter').click()
  await gus.page.waitForURL('**/chat/*')
  await gus.connection('online')
  await gus.say('hello from a guest')
  await ann.sees('hello from a guest')
  await ann.on('guest-tag').waitFor()

  await gus.goto('/settings/account')
  await gus.on('guest-username').fill('gus')
  await gus.on('guest-password').fill(gus.password)
  await gus.page.locator('[data-form=guest]').click()
  await gus.on('settings-username').getByText('@gus').waitFor()
  await ann.on('guest-tag').waitFor({ state: 'detached' })
})
