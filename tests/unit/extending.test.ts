import { expect, test } from 'vitest'
import { readText } from '#parley/tests/helpers/source-tree.ts'

test('docs/EXTENDING.md shows exactly the poll that tests/nuxt/custom-message.test.ts runs', () => {
  const document = readText('docs/EXTENDING.md')
  for (const path of ['tests/nuxt/fixtures/PollMessage.vue', 'tests/nuxt/fixtures/poll.ts']) {
    expect(document).toContain(readText(path).replaceAll('#parley/tests/nuxt/fixtures/poll.ts', '~/poll').trim())
  }
})

test('the page of one\'s own in README.md is connected: it says that it is for whoever is logged in', () => {
  const page = /```vue\n([\s\S]*?)```/.exec(readText('README.md'))?.[1] ?? ''
  expect(page).toContain('useChatSocket()')
  expect(page).toContain('definePageMeta({ loggedIn: true })')
})
