import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import MessageText from '#parley/components/chat/message/MessageText.vue'
import { timelineContext } from '#parley/composables/timeline/context.ts'
import { account, users } from '#parley/tests/nuxt/timeline-fixtures.ts'

async function mount(text: string, mentions?: string[]) {
  const timeline = { account: () => account, user: (id: string) => id === account.id ? account : users(id) }
  const body = await mountSuspended(MessageText, { props: { text, mentions, expanded: false, tab: true }, global: { provide: { [timelineContext as symbol]: timeline } } })
  await vi.dynamicImportSettled()
  await nextTick()
  return body
}

afterEach(() => vi.restoreAllMocks())

describe('[U-T5] formed texts', () => {
  it('show their forms as elements and hide the marks without losing them', async () => {
    const body = await mount('**bold** `code` ~~no~~\n> said <b>this</b>')
    const text = body.get('[data-testid=message-text]')
    expect(text.get('strong').element.textContent).toBe('**bold**')
    expect(text.findAll('.mark').map(mark => [mark.text(), mark.attributes('aria-hidden')]).slice(0, 2)).toEqual([['**', 'true'], ['**', 'true']])
    expect(text.get('code').text()).toBe('`code`')
    expect(text.get('blockquote').text()).toContain('said <b>this</b>')
    expect(text.find('b').exists()).toBe(false)
  })

  it('a code block names its language and copies exactly its source', async () => {
    const writeText = vi.fn<(text: string) => Promise<void>>().mockResolvedValue(undefined)
    vi.stubGlobal('navigator', { ...navigator, clipboard: { writeText } })
    const body = await mount('look:\n```ts\nconst a = `${"**x**"}`\n\n  end\n```')
    expect(body.get('[data-testid=code-block]').attributes('data-language')).toBe('ts')
    await body.get('[data-testid=code-copy]').trigger('click')
    expect(writeText).toHaveBeenCalledExactlyOnceWith('const a = `${"**x**"}`\n\n  end')
    await vi.waitFor(() => expect(body.get('[data-testid=code-copy]').attributes('aria-label')).toBe('Copied'))
    vi.unstubAllGlobals()
  })

  it('links in them are as safe as in plain texts; nothing but http, https and mail becomes one', async () => {
    const body = await mount('**https://a.example/x_y** javascript:alert(1) [x](data:text/html,y)')
    const links = body.findAll('a')
    expect(links.map(link => [link.attributes('href'), link.attributes('target'), link.attributes('rel')])).toEqual([['https://a.example/x_y', '_blank', 'noopener noreferrer nofollow']])
  })

  it('mentions are marked, the own one apart', async () => {
    const mentions = ['lin', 'me']
    for (const text of ['@lin and @chen, not @nobody', '*@lin* and @chen, not @nobody']) {
      const body = await mount(text, mentions)
      expect(body.findAll('.mention').map(each => [each.text(), each.classes('own'), each.attributes('title')])).toEqual([['@lin', false, '林小雨'], ['@chen', true, '陈晓']])
    }
  })
})
