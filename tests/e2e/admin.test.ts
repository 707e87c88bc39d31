import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'
import { arrive, type Person } from '#parley/tests/helpers/person.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

/** What admins of the server, and owners of conversations, do about people and messages, with those people beside them. */

let browser: Browser
let server: ServerProcess
let root: Person
let ann: Person
let ben: Person

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()])
  root = await arrive(browser, server.url, 'root')
  await root.authenticate('register')
  ann = await arrive(browser, server.url, 'ann')
  await ann.authenticate('register')
  ben = await arrive(browser, server.url, 'ben', { locale: 'zh-CN' })
  await ben.authenticate('register')
})
afterAll(async () => {
  await browser.close()
  await server.dispose()
})

const act = async (person: Person, row: string, name: string) => {
  await person.page.locator(row).getByTestId('admin-menu').click()
  await person.page.locator(`[data-testid=admin-act][data-act=${name}]`).click()
}
const message = (person: Person, text: string) => person.page.locator('[data-testid=message]', { hasText: text })
const menuOf = async (person: Person, text: string) => {
  await message(person, text).click({ button: 'right' })
  await person.on('message-menu').first().waitFor({ state: 'attached' })
}
const memberMenu = async (person: Person, username: string) => {
  if (!await person.on('member').first().isVisible()) await person.on('details').click()
  await person.page.locator(`[data-testid=member][data-username=${username}]`).getByTestId('member-menu').click()
}

describe('the administration', () => {
  test('[U-B1] is for admins only; they make a user, whose link sets the password, and disable them', async () => {
    await ann.goto('/admin/users')
    await ann.page.getByRole('heading', { level: 1 }).waitFor()
    expect(await ann.on('admin-page').count()).toBe(0)
    await ann.goto('/chat')
    await root.goto('/admin/users')
    await root.on('admin-new-user').click()
    await root.on('admin-username').fill('dora')
    await root.on('admin-create-user').click()
    const link = new URL(await root.on('secret-link').inputValue()).pathname
    const dora = await arrive(browser, server.url, 'dora')
    await dora.goto(link)
    await dora.on('reset-password').fill(dora.password)
    await dora.on('reset-again').fill(dora.password)
    await dora.on('reset-set').click()
    await dora.on('reset-login').click()
    await dora.authenticate('login')
    const row = '[data-testid=admin-user][data-username=dora]'
    await act(root, row, 'disable')
    await root.on('confirm').click()
    await root.page.locator(`${row}[data-disabled=true]`).waitFor()
    await dora.connection('signed-out')
    expect([...root.errors, ...dora.errors]).toEqual([])
    await dora.context.close()
  })

  test('a word filter and an edit limit hold at once, for people who are talking', async () => {
    await ann.startGroup('Market', ['ben'])
    await root.goto('/admin/policies')
    await root.on('policy-words').fill('赌博\nspam*')
    await root.on('policies-save').click()
    await root.on('policies-saved').waitFor()
    await ben.open('Market')
    await ben.say('一起去赌博吧')
    const refused = ben.page.locator('[data-testid=message][data-state=failed]')
    await refused.waitFor()
    expect(await refused.innerText()).toContain('赌博')
    await refused.getByTestId('discard').click()
    await root.page.locator('[data-testid=policy-action][value=mask]').check()
    await root.on('policies-save').click()
    await root.on('policies-saved').waitFor()
    await ben.say('buy spammy things')
    await ann.sees('buy ****** things')
    await ben.sees('buy ****** things')
    await root.on('policy-words').fill('')
    await root.on('policies-save').click()
    await root.on('policies-saved').waitFor()
    expect([...root.errors, ...ann.errors, ...ben.errors]).toEqual([])
  })

  test('[U-P12] a muted member is told why they cannot write, and can again when it is lifted', async () => {
    await memberMenu(ann, 'ben')
    await ann.on('mute-member').click()
    await ann.on('moderate-reason').fill('calm down')
    await ann.on('moderate-confirm').click()
    await ben.page.locator('[data-testid=composer-disabled]', { hasText: 'calm down' }).waitFor()
    await memberMenu(ann, 'ben')
    await ann.on('mute-member').click()
    await ben.on('composer-disabled').waitFor({ state: 'detached' })
    await ben.say('thank you')
    await ann.sees('thank you')
  })

  test('a report leads to a ban and a deleted message; the reporter learns only that it was reviewed; the audit log tells of it', async () => {
    await ben.say('an ugly word')
    await ann.sees('an ugly word')
    await menuOf(ann, 'an ugly word')
    await ann.on('report-open').click()
    await ann.page.locator('[data-testid=report-choice][value=abuse]').check()
    await ann.on('report-send').click()
    await ann.page.locator('[data-testid=report-status][data-state=sent]').waitFor()
    await ann.page.keyboard.press('Escape')
    await root.goto('/admin/reports')
    const report = root.page.locator('[data-testid=report]', { hasText: 'an ugly word' })
    await report.locator('[data-testid=report-act][value=delete]').check()
    await report.locator('[data-testid=report-act][value=ban]').check()
    await report.getByTestId('report-resolve').click()
    await report.waitFor({ state: 'detached' })
    await message(ann, 'an ugly word').waitFor({ state: 'detached' })
    await ben.page.locator('[data-testid=conversation-item][data-title=Market]').waitFor({ state: 'detached' })
    await ann.page.locator('[data-testid=ban][data-username=ben]').waitFor()
    await root.goto('/admin/audit')
    await root.page.locator('[data-testid=audit-line][data-act="report.resolve"]').waitFor()
    await root.page.locator('[data-testid=audit-line][data-act="ban.add"]').first().waitFor()
    expect([...root.errors, ...ann.errors, ...ben.errors]).toEqual([])
  })

  test('[U-B2] a conversation goes for good only when its title is typed, and is gone for who has it open', async () => {
    await root.goto('/admin/conversations')
    await act(root, '[data-testid=admin-conversation][data-title=Market]', 'delete')
    await root.on('delete-typed').fill('Markt')
    expect(await root.on('delete-for-good').isDisabled()).toBe(true)
    await root.on('delete-typed').fill('Market')
    await root.on('delete-for-good').click()
    await root.page.locator('[data-testid=admin-conversation][data-title=Market]').waitFor({ state: 'detached' })
    await ann.page.locator('[data-testid=conversation-item][data-title=Market]').waitFor({ state: 'detached' })
    await root.goto('/admin/storage')
    await root.on('storage-free').click()
    await root.page.locator('[data-testid=storage-freed][role=status]').waitFor()
    expect([...root.errors, ...ann.errors]).toEqual([])
  })
})
