import { Secret, TOTP } from 'otpauth'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'
import { arrive } from '#parley/tests/helpers/person.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

/** Log-in by codes and by passkeys, in a browser with an authenticator of its own. */

let browser: Browser
let server: ServerProcess
/** By name: browsers have no passkeys under a bare address. */
let base: string

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()])
  base = server.url.replace('127.0.0.1', 'localhost')
})
afterAll(async () => {
  await browser.close()
  await server.dispose()
})

type Person = Awaited<ReturnType<typeof arrive>>

const codeOf = (secret: string, periods = 0) => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + periods * 30_000 })

async function security(person: Person): Promise<void> {
  await person.goto('/settings/security')
  await person.on('second-factor').waitFor()
}

async function typePassword(person: Person): Promise<void> {
  await person.on('auth-username').fill(person.name)
  await person.on('auth-password').fill(person.password)
  await person.on('auth-submit').click()
}

test('the page of the server and the browser that takes it over count its ids alike: a note is that of its field', async () => {
  const page = await browser.newPage()
  await page.goto(`${base}/login`)
  await page.locator('[data-testid=auth-submit]:enabled').click()
  const fields = page.locator('[aria-invalid=true]')
  await fields.first().waitFor()
  const notes = await fields.evaluateAll(found => found.map(field => ({ described: field.getAttribute('aria-describedby'), own: `${field.id}-note`, labelled: (field as HTMLInputElement).labels?.length })))
  expect(notes.length).toBeGreaterThan(0)
  expect(notes).toEqual(notes.map(({ own }) => ({ described: own, own, labelled: 1 })))
  await page.close()
})

test('[A11] codes are set up by picture, asked for after the password, replaced by a recovery code, and turned off', async () => {
  const ann = await arrive(browser, base, 'ann')
  await ann.goto('/login')
  await ann.on('auth-toggle').click()
  await ann.on('auth-username').fill('ann')
  await ann.on('auth-password').fill('password1')
  await ann.page.locator('[data-testid=password-strength][data-strength=refused]').waitFor()
  await ann.on('auth-password').fill('four quiet otters, swimming')
  await ann.page.locator('[data-testid=password-strength][data-strength=strong]').waitFor()
  await ann.authenticate('register')

  await security(ann)
  await ann.on('second-factor-enrol').click()
  await ann.on('second-factor-password').fill(ann.password)
  await ann.on('second-factor-next').click()
  await ann.on('enrolment-picture').waitFor()
  const secret = (await ann.on('enrolment-secret').innerText()).replaceAll(' ', '')
  await ann.on('second-factor-code').fill(codeOf(secret, -1))
  await ann.on('second-factor-next').click()
  await ann.on('recovery-codes').locator('li').nth(9).waitFor()
  const codes = (await ann.on('recovery-codes').locator('li').allInnerTexts()).map(code => code.trim())
  expect(codes).toHaveLength(10)
  await ann.on('recovery-done').click()
  await ann.page.locator('[data-testid=second-factor][data-on=true]').waitFor()

  await ann.goto('/chat')
  await ann.logOut()
  await ann.page.waitForURL('**/login**')
  await typePassword(ann)
  // Six figures send themselves.
  await ann.on('code-field').fill(codeOf(secret))
  await ann.page.waitForURL('**/chat**')
  await ann.connection('online')
  await ann.logOut()
  await ann.page.waitForURL('**/login**')
  await typePassword(ann)
  await ann.on('code-way').click()
  await ann.on('code-field').fill('AAAA-BBBB-CCCC-DDDD')
  await ann.on('code-submit').click()
  await ann.page.locator('[data-testid=code-field][aria-invalid=true]').waitFor()
  await ann.on('code-field').fill(codes[0]!.toLowerCase())
  await ann.on('code-submit').click()
  await ann.page.waitForURL('**/chat**')

  await security(ann)
  await ann.page.locator('[data-testid=recovery-left][data-count="9"]').waitFor()
  await ann.on('second-factor-off').click()
  await ann.on('second-factor-password').fill(ann.password)
  await ann.on('second-factor-code').fill(codes[1]!)
  await ann.on('second-factor-next').click()
  await ann.page.locator('[data-testid=second-factor][data-on=false]').waitFor()
  expect(ann.errors).toEqual([])
  await ann.context.close()
})

test('[A12] a passkey is made in the settings, logs in without name and password, and ends when it is removed', async () => {
  const ben = await arrive(browser, base, 'ben')
  const devices = await ben.context.newCDPSession(ben.page)
  await devices.send('WebAuthn.enable')
  const { authenticatorId } = await devices.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  })
  await ben.authenticate('register')
  await security(ben)
  await ben.on('passkey-name').fill('My laptop')
  await ben.page.locator('[data-testid=settings-save][data-form=passkey]').click()
  await ben.on('passkey').filter({ hasText: 'My laptop' }).waitFor()
  expect((await devices.send('WebAuthn.getCredentials', { authenticatorId })).credentials).toMatchObject([{ rpId: 'localhost', isResidentCredential: true }])

  // Without a finger the device answers nothing, and so neither does what the browser offers in the field.
  await devices.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: false })
  await ben.goto('/chat')
  await ben.logOut()
  await ben.page.waitForURL('**/login**')
  await ben.on('passkey-login').waitFor()
  await devices.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: true })
  // What the browser offers in the field may be answered first; then the button has gone.
  await ben.on('passkey-login').click({ timeout: 5_000 }).catch(() => undefined)
  await ben.page.waitForURL('**/chat**')
  await ben.connection('online')

  await security(ben)
  await ben.on('passkey-rename').click()
  await ben.on('passkey-new-name').fill('Old laptop')
  await ben.on('passkey-save-name').click()
  await ben.on('passkey').filter({ hasText: 'Old laptop' }).waitFor()
  await ben.on('passkey-remove').click()
  await ben.on('confirm').click()
  await ben.on('passkey').waitFor({ state: 'detached' })
  expect(ben.errors).toEqual([])
  await ben.context.close()
})

test('what is typed before the page is alive is what one logs in with', async () => {
  const eve = await arrive(browser, base, 'eve')
  let go = () => {}
  const gate = new Promise<void>((resolve) => {
    go = resolve
  })
  await eve.page.route('**/_nuxt/*.js', async (route) => {
    await gate
    await route.continue()
  })
  await eve.page.goto(`${base}/login`, { waitUntil: 'commit' })
  await eve.on('auth-username').fill('eve')
  await eve.on('auth-password').fill('a long pass phrase')
  go()
  await eve.page.locator('[data-testid=auth-submit]:enabled').waitFor()
  expect([await eve.on('auth-username').inputValue(), await eve.on('auth-password').inputValue()]).toEqual(['eve', 'a long pass phrase'])
  // And the form has it, not the box alone.
  await eve.on('auth-toggle').click()
  await eve.on('auth-submit').click()
  await eve.page.waitForURL('**/chat**')
  await eve.context.close()
})
