import type { Locator, Page } from 'playwright-core'
import { dusk } from '#parley/tests/helpers/places/team.ts'
import type { Team, Teammate } from '#parley/tests/helpers/places/team.ts'

/** A page of someone's browser, on its way to a place. */
export interface Visit {
  page: Page
  team: Team
  /** Opens an address of the server; one of the chat counts as open when the connection stands. */
  go(path: string): Promise<void>
  on(hook: string): Locator
}

/** A page, a dialog or a state of the interface that everybody must be able to see, read and use. */
export interface Place {
  name: string
  /** Whose browser; a guest is not logged in. */
  as?: 'guest' | 'newcomer' | 'lin'
  /** What there is only with a mouse, or only by touch. */
  only?: 'desktop' | 'phone'
  reach(visit: Visit): Promise<void>
  /** Takes away what would stay behind for the next place. */
  leave?(visit: Visit): Promise<void>
  /** The hook of the button to which the focus returns when Esc closes what is open here. */
  opener?: string
}

export function whoIs(place: Place, team: Team): Teammate | undefined {
  if (place.as === 'guest') return undefined
  return place.as === undefined ? team.me : team[place.as]
}

const inRoom = (room: keyof Team['rooms']) => async ({ team, go, on }: Visit) => {
  await go(`/chat/${team.rooms[room]}`)
  await on('composer').or(on('composer-disabled')).waitFor()
}
const inTalk = (room: keyof Team['rooms']) => async (visit: Visit) => {
  await inRoom(room)(visit)
  await visit.on('message').last().waitFor()
}
const isPhone = ({ page }: Visit) => (page.viewportSize()?.width ?? 0) < 900
/** The list is another page than the conversation on a phone. */
const onList = async (visit: Visit) => {
  await visit.go(isPhone(visit) ? '/chat' : `/chat/${visit.team.rooms.chinese}`)
  await visit.on('conversation-item').nth(2).waitFor()
}
/** A row with this text. */
const row = ({ on }: Visit, text: string) => on('message').filter({ hasText: text }).first()

/** By the button beside it; a finger presses long, which is the right button of a mouse. */
async function menuOf(visit: Visit, text: string): Promise<void> {
  if (isPhone(visit)) return await row(visit, text).getByTestId('message-text').click({ button: 'right' })
  await row(visit, text).hover()
  await row(visit, text).getByTestId('message-menu').click()
}

/** Presses until what loads when the page is idle is there to hear it. */
async function press({ page }: Visit, keys: string, shown: Locator): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    await page.keyboard.press(keys)
    if (await shown.waitFor({ timeout: 300 }).then(() => true, () => false)) return
  }
  throw new Error(`${keys} shows nothing`)
}

const adminPages = ['reports', 'users', 'conversations', 'registration', 'policies', 'storage', 'audit']
const settingsPages = ['profile', 'account', 'security', 'notifications', 'privacy', 'devices', 'data']

const guests: Place[] = [
  { name: 'login', as: 'guest', reach: async ({ go, on }) => {
    await go('/login')
    await on('auth-submit').and(on('auth-submit').page().locator(':enabled')).waitFor()
  } },
  { name: 'login-refused', as: 'guest', reach: async ({ go, on, page }) => {
    await go('/login')
    await on('auth-username').fill('ada')
    await on('auth-password').fill('not the pass phrase')
    await on('auth-submit').click()
    await page.locator('[role=alert], [aria-invalid=true]').first().waitFor()
  } },
  { name: 'register', as: 'guest', reach: async ({ go, on, page }) => {
    await go('/login')
    await on('auth-toggle').click()
    await page.locator('[data-testid=auth-submit][data-mode=register]').waitFor()
  } },
  { name: 'invite', as: 'guest', reach: async ({ go, team, page }) => {
    await go(`/invite/${team.inviteToken}`)
    await page.locator('[data-testid=invite-card][data-state=shown]').waitFor()
  } },
  { name: 'invite-refused', as: 'guest', reach: async ({ go, page }) => {
    await go('/invite/nothing')
    await page.locator('[data-testid=invite-card][data-state=refused]').waitFor()
  } },
  { name: 'page-missing', as: 'guest', reach: async ({ go, page }) => {
    await go('/nowhere')
    await page.getByRole('heading', { level: 1 }).waitFor()
  } },
]

const conversations: Place[] = [
  { name: 'newcomer', as: 'newcomer', reach: async ({ go, page }) => {
    await go('/chat')
    await page.getByRole('heading', { level: 2 }).first().waitFor()
  } },
  { name: 'list', reach: async ({ go, on }) => {
    await go('/chat')
    await on('conversation-item').first().waitFor()
  } },
  { name: 'empty', reach: inRoom('empty') },
  { name: 'talk', reach: inTalk('release') },
  { name: 'chinese', reach: inTalk('chinese') },
  { name: 'media', reach: async (visit) => {
    await inTalk('design')(visit)
    await visit.on('picture').last().waitFor()
  } },
  { name: 'code', reach: async (visit) => {
    await inTalk('code')(visit)
    await visit.on('code-block').first().waitFor()
  } },
  { name: 'long-texts', reach: inTalk('long') },
  { name: 'channel', reach: inTalk('news') },
  { name: 'conversation-missing', reach: async ({ go, page }) => {
    await go('/chat/00000000-0000-7000-8000-000000000000')
    await page.locator('main, section').getByRole('heading', { level: 2 }).first().waitFor()
  } },
  { name: 'failed', reach: async ({ page, team, go, on }) => {
    const room = await team.newRoom('Old project')
    await go(`/chat/${room}`)
    await on('composer').fill('Is anybody still here?')
    await page.context().setOffline(true)
    await page.locator('[data-testid=connection-status]:not([data-state=online])').waitFor({ state: 'attached' })
    await on('send').click()
    await page.locator('[data-testid=message][data-state=queued]').waitFor()
    await on('composer').fill('Then I will close it.')
    await on('send').click()
    await team.close(room)
    await page.context().setOffline(false)
    await page.locator('[data-testid=message][data-state=failed]').nth(1).waitFor()
  }, leave: async ({ on }) => {
    while (await on('discard').count() > 0) await on('discard').first().click()
  } },
  { name: 'offline', reach: async (visit) => {
    await inTalk('chinese')(visit)
    await visit.page.context().setOffline(true)
    await visit.on('connection-banner').waitFor()
  }, leave: async ({ page }) => {
    await page.context().setOffline(false)
    await page.locator('[data-testid=connection-status][data-state=online]').waitFor({ state: 'attached' })
  } },
]

const inConversation: Place[] = [
  { name: 'edit', reach: async (visit) => {
    await inTalk('chinese')(visit)
    await menuOf(visit, '我带投影仪')
    await visit.on('edit').click()
    await visit.on('composer-edit').waitFor()
  } },
  { name: 'reply', reach: async (visit) => {
    await inTalk('chinese')(visit)
    await menuOf(visit, '会议室')
    await visit.on('reply').click()
    await visit.on('composer-reply').waitFor()
  }, leave: async ({ page, on }) => {
    await page.keyboard.press('Escape')
    await on('composer-reply').waitFor({ state: 'detached' })
  } },
  { name: 'mention', reach: async (visit) => {
    await inTalk('release')(visit)
    await visit.on('composer').pressSequentially('@')
    await visit.on('popup-option').first().waitFor()
  }, leave: async ({ on }) => on('composer').fill('') },
  { name: 'message-menu', opener: 'message-menu', reach: async (visit) => {
    await inTalk('chinese')(visit)
    await menuOf(visit, '我带投影仪')
    await visit.on('reply').waitFor()
  } },
  { name: 'message-delete', reach: async (visit) => {
    await inTalk('chinese')(visit)
    await menuOf(visit, '我带投影仪')
    await visit.on('delete').click()
    await visit.on('delete-confirm').waitFor()
  } },
  { name: 'forward', reach: async (visit) => {
    await inTalk('chinese')(visit)
    await menuOf(visit, '我带投影仪')
    await visit.on('forward').click()
    await visit.on('forward-option').first().waitFor()
  } },
  { name: 'reactions', reach: async (visit) => {
    await inTalk('chinese')(visit)
    await menuOf(visit, '我带投影仪')
    await visit.on('react-more').click()
    await visit.on('emoji-option').first().waitFor()
  } },
  { name: 'emoji', only: 'desktop', reach: async (visit) => {
    await inTalk('chinese')(visit)
    await visit.on('emoji').click()
    await visit.on('emoji-option').first().waitFor()
  } },
  { name: 'lightbox', opener: 'picture', reach: async (visit) => {
    await inTalk('design')(visit)
    await visit.on('picture').last().click()
    await visit.on('lightbox').waitFor()
  } },
  { name: 'recorder', reach: async (visit) => {
    await inTalk('chinese')(visit)
    await visit.on('record').click()
    await visit.page.locator('[data-testid=recorder]:not([data-state=asking])').waitFor()
  }, leave: async ({ on }) => {
    if (await on('recorder-cancel').count() > 0) await on('recorder-cancel').click()
  } },
  { name: 'conversation-menu', reach: async (visit) => {
    await onList(visit)
    await visit.on('conversation-item').nth(1).click({ button: 'right' })
    await visit.on('own-pin').waitFor()
  } },
  { name: 'details-group', reach: async (visit) => {
    await inTalk('release')(visit)
    await visit.on('details').click()
    await visit.on('member').first().waitFor()
  } },
  { name: 'member-menu', reach: async (visit) => {
    await inTalk('release')(visit)
    await visit.on('details').click()
    await visit.on('member-menu').first().click()
    await visit.on('remove-member').waitFor()
  } },
  { name: 'details-forms', reach: async (visit) => {
    await inTalk('release')(visit)
    await visit.on('details').click()
    await visit.on('rename').click()
    await visit.on('rename-title').waitFor()
    await visit.on('invite-new').click()
    await visit.on('invite-create').waitFor()
  } },
  { name: 'pins', reach: async (visit) => {
    await inTalk('release')(visit)
    await visit.on('details').click()
    await visit.on('pinned-message').first().waitFor()
    await visit.on('pinned-message').first().scrollIntoViewIfNeeded()
  } },
  { name: 'calendar', reach: async (visit) => {
    await inTalk('release')(visit)
    await visit.on('details').click()
    await visit.on('details-date').click()
    await visit.on('date-day').first().waitFor()
  } },
  { name: 'delivery', reach: async (visit) => {
    await inTalk('release')(visit)
    await menuOf(visit, 'That is the whole idea')
    await visit.on('delivery-open').click()
    await visit.on('delivery-person').first().waitFor()
  } },
  { name: 'report', reach: async (visit) => {
    await inTalk('release')(visit)
    await menuOf(visit, 'Yes, I will bring coffee')
    await visit.on('report-open').click()
    await visit.on('report-send').waitFor()
  } },
  { name: 'profile-card', reach: async (visit) => {
    await inTalk('release')(visit)
    await visit.on('details').click()
    await visit.on('member').getByTestId('open-profile').last().click()
    await visit.on('profile-message').waitFor()
  } },
  { name: 'details-direct', reach: async (visit) => {
    await inTalk('chinese')(visit)
    await visit.on('details').click()
    await visit.on('details-pin').waitFor()
  } },
  { name: 'add-members', opener: 'add-member', reach: async (visit) => {
    await inTalk('release')(visit)
    await visit.on('details').click()
    await visit.on('add-member').click()
    await visit.on('user-option').first().waitFor()
  } },
]

const everywhere: Place[] = [
  { name: 'new-conversation', opener: 'new-conversation', reach: async (visit) => {
    await onList(visit)
    await visit.on('new-conversation').click()
    await visit.on('user-option').nth(2).click()
    await visit.on('user-option').nth(3).click()
    await visit.on('conversation-channel').waitFor()
  } },
  { name: 'browse', opener: 'new-conversation', reach: async (visit) => {
    await onList(visit)
    await visit.on('new-conversation').click()
    await visit.on('browse').click()
    await visit.on('browse-join').first().waitFor()
  } },
  { name: 'search', opener: 'search-all', reach: async (visit) => {
    await onList(visit)
    await visit.on('search-all').click()
    await visit.on('search').fill('公告')
    await visit.on('search-hit').first().waitFor()
  } },
  { name: 'search-nothing', opener: 'search-here', reach: async (visit) => {
    await inTalk('release')(visit)
    await visit.on('search-here').click()
    await visit.on('search').fill('nothing of the kind')
    await visit.page.getByRole('dialog').getByRole('status').filter({ hasText: 'nothing of the kind' }).waitFor()
  } },
  { name: 'switcher', reach: async (visit) => {
    await onList(visit)
    await press(visit, 'Control+k', visit.on('switcher'))
    await visit.on('switcher-option').first().waitFor()
  } },
  { name: 'shortcuts', reach: async (visit) => {
    await onList(visit)
    await press(visit, 'Control+/', visit.on('shortcut-sheet'))
  } },
  { name: 'account-menu', opener: 'account-menu', reach: async (visit) => {
    await onList(visit)
    await visit.on('account-menu').click()
    await visit.on('logout').waitFor()
  } },
  { name: 'log-out', reach: async (visit) => {
    await inTalk('direct')(visit)
    await visit.page.context().setOffline(true)
    await visit.page.locator('[data-testid=connection-status]:not([data-state=online])').waitFor({ state: 'attached' })
    await visit.on('composer').fill('See you on Thursday')
    await visit.on('send').click()
    await visit.page.locator('[data-testid=message][data-state=queued]').waitFor()
    if (isPhone(visit)) await visit.on('back').click()
    await visit.on('account-menu').click()
    await visit.on('logout').click()
    await visit.on('logout-stay').waitFor()
  }, leave: async ({ page, on }) => {
    if (await on('logout-stay').count() > 0) await on('logout-stay').click()
    await page.context().setOffline(false)
    await page.locator('[data-testid=connection-status][data-state=online][data-pending="0"]').waitFor({ state: 'attached' })
  } },
  { name: 'settings-picture', reach: async ({ go, on }) => {
    await go('/settings/profile')
    await on('avatar-file').setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: dusk(480, 320) })
    await on('avatar-crop').waitFor()
  } },
  ...[...settingsPages.map(name => ['settings', name]), ...adminPages.map(name => ['admin', name])].map(([part, name]): Place => ({ name: `${part}-${name}`, reach: async ({ go, page }) => {
    await go(`/${part}/${name}`)
    await page.getByRole('heading', { level: 1 }).first().waitFor()
  } })),
]

/** Every place that is looked at: by the tests of access, in both themes and languages, and by `npm run screenshots -- --all`. */
export const places: readonly Place[] = [...guests, ...conversations, ...inConversation, ...everywhere]
