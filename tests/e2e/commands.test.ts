import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWorld } from '#parley/tests/helpers/browser-world.ts'
import type { BrowserWorld } from '#parley/tests/helpers/browser-world.ts'
import { startJsonServer } from '#parley/tests/helpers/json-server.ts'
import type { JsonServer } from '#parley/tests/helpers/json-server.ts'

/** An outgoing webhook made by its owner, and its command typed by a member: through the interface, to a server on this machine. */

interface Told { event?: { content?: { text?: string } }, command?: { name: string, args: string } }

let world: BrowserWorld
let bot: JsonServer
const told: Told[] = []

beforeAll(async () => {
  bot = await startJsonServer((path, body) => {
    if (path === '/down') return undefined
    const asked = JSON.parse(body) as Told
    told.push(asked)
    return asked.command === undefined ? {} : { text: `deployed ${asked.command.args}` }
  })
  world = await openWorld({ env: { NUXT_PUSH_LOOPBACK: 'true' } })
})
afterAll(async () => {
  await world.close()
  await bot.close()
})

test('[U-P14, S3] the owner makes a webhook, a member runs its command, what fails stays in the box, and the owner changes it', async () => {
  const [ann, ben] = [await world.visitor('ann'), await world.visitor('ben')]
  for (const person of [ann, ben]) await person.authenticate('register')
  await ann.startGroup('Releases', ['ben'])
  await ann.on('details').click()
  await ann.on('hook-new').click()
  await ann.page.locator('[data-testid=hook-kind][data-kind=outgoing]').check()
  await ann.on('hook-name').fill('Deployer')
  await ann.on('hook-url').fill('ftp://example.com')
  await ann.on('hook-command-add').click()
  await ann.on('hook-command').fill('leave')
  await ann.on('hook-create').click()
  expect(await ann.on('hook-form').locator('[aria-invalid=true]').count()).toBe(2)
  await ann.on('hook-url').fill(`${bot.url}/hook`)
  await ann.on('hook-command').fill('/deploy')
  await ann.on('hook-command-note').fill('Deploys a branch')
  await ann.on('hook-create').click()
  await expect.poll(() => ann.on('hook-address').inputValue()).toMatch(/^[\w-]{43}$/)

  await ben.open('Releases')
  await ben.on('composer').pressSequentially('/dep')
  await ben.page.locator('[data-testid=popup-option][data-value="/deploy"]').waitFor()
  await ben.page.keyboard.press('Tab')
  expect(await ben.on('composer').inputValue()).toBe('/deploy ')
  await ben.say('main')
  await ben.sees('deployed main')
  await ann.sees('deployed main')
  expect(told.filter(({ command }) => command !== undefined)).toMatchObject([{ command: { name: 'deploy', args: 'main' } }])

  await ben.say('//deploy as a text')
  await ann.sees('/deploy as a text')
  await ben.say('/usr/bin/env')
  await ann.sees('/usr/bin/env')
  await expect.poll(() => told.map(({ event }) => event?.content?.text)).toContain('/usr/bin/env')

  // Without a connection nothing runs and nothing waits.
  await ben.proxy.refuse()
  ben.proxy.drop()
  await ben.offline()
  await ben.on('composer').fill('/deploy again')
  await ben.on('composer').press('Enter')
  await ben.page.locator('[data-testid=command-status][data-state=problem]').waitFor()
  expect([await ben.on('composer').inputValue(), await ben.pending()]).toEqual(['/deploy again', 0])
  await ben.proxy.heal()
  await ben.connection('online')

  await ann.on('hook-pause').click()
  await ann.page.locator('[data-testid=hook][data-state=paused]').waitFor()
  await ben.on('composer').press('Enter')
  await ben.page.locator('[data-testid=command-status][data-state=problem]').getByRole('alert').filter({ hasText: '/deploy' }).waitFor()
  expect(await ben.on('composer').inputValue()).toBe('/deploy again')
  await ann.on('hook-pause').click()
  await ann.page.locator('[data-testid=hook][data-state=active]').waitFor()
  expect((await ann.rows()).map(row => row.text)).toEqual(['deployed main', '/deploy as a text', '/usr/bin/env'])

  // Changed where it stands: what it has written bears the new name on every page, and only the new command is there.
  await ann.on('hook-edit').click()
  await ann.on('hook-name').fill('Shipyard')
  await ann.on('hook-command').fill('ship')
  await ann.on('hook-save').click()
  for (const person of [ann, ben]) await person.page.locator('[data-testid=message][data-sender=bot]').getByText('Shipyard').first().waitFor()
  await ben.on('composer').fill('/ship it')
  await ben.on('composer').press('Enter')
  await expect.poll(() => told.at(-1)?.command).toMatchObject({ name: 'ship', args: 'it' })
  expect([...ann.errors, ...ben.errors]).toEqual([])
})
