import { mountSuspended, registerEndpoint } from '@nuxt/test-utils/runtime'
import axe from 'axe-core'
import { getQuery } from 'h3'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import SearchPanel from '#parley/components/search/SearchPanel.vue'
import type { SearchResponse } from '#parley/shared/http.ts'
import { adoptStub, host } from '#parley/tests/helpers/adopt-stub.ts'
import { sampleWorld } from '#parley/tests/helpers/sample-world.ts'

const asked: Record<string, unknown>[] = []
let answer: (query: Record<string, unknown>) => SearchResponse | Promise<SearchResponse> = () => ({ hits: [] })
registerEndpoint('/api/search', (event) => {
  const query = getQuery(event)
  asked.push(query)
  return answer(query)
})
registerEndpoint('/api/users', () => ({ users: sampleWorld(0).users }))

const hit = (seq: number, snippet: string) => ({ conversation: 'c-launch', seq, sender: 'u-lin', at: Date.UTC(2026, 10, 20, 12), snippet })
const all = (id: string) => [...document.querySelectorAll<HTMLElement>(`[data-testid=${id}]`)]

beforeEach(() => {
  asked.length = 0
  answer = () => ({ hits: [] })
  adoptStub(sampleWorld(Date.now()))
})
afterEach(() => {
  host().end({ erase: false })
  document.body.innerHTML = ''
})

async function open(within?: string) {
  const panel = await mountSuspended(SearchPanel, { props: { open: true, within }, attachTo: document.body })
  await nextTick()
  return {
    panel,
    async type(text: string) {
      const field = document.querySelector<HTMLInputElement>('[data-testid=search]')!
      field.value = text
      field.dispatchEvent(new Event('input'))
      await nextTick()
    },
  }
}

describe('search', () => {
  it('[U-O4] what somebody blocked said is folded, unless one asks for them by name', async () => {
    const { emit } = adoptStub(sampleWorld(Date.now()))
    emit({ type: 'blocked', users: ['u-lin'] })
    answer = () => ({ hits: [hit(7, '昨天的\uE000海报\uE001')] })
    const { type } = await open()
    await type('海报')
    await vi.waitFor(() => expect(all('search-hit')).toHaveLength(1))
    expect(all('search-hit')[0]?.textContent).toContain('Blocked person')
    expect(all('search-hit')[0]?.querySelector('mark')).toBe(null)
    await type('海报 from:lin')
    await vi.waitFor(() => expect(all('search-hit')[0]?.querySelector('mark')?.textContent).toBe('海报'))
  })

  it('[U-Q2] shows hits with what matched, where and from whom, and links to them', async () => {
    answer = () => ({ hits: [hit(7, '昨天的\uE000海报\uE001 <b>x</b>')] })
    const { type } = await open()
    await type('海报')
    await vi.waitFor(() => expect(all('search-hit')).toHaveLength(1))
    const [found] = all('search-hit')
    expect([found?.dataset.seq, found?.getAttribute('href'), found?.querySelector('mark')?.textContent, found?.querySelector('b')]).toEqual(['7', '/chat/c-launch?at=7', '海报', null])
    expect(found?.textContent).toContain('林小雨')
    expect(found?.textContent).toContain('上海 launch room')
    const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false }, 'target-size': { enabled: false }, 'region': { enabled: false } }, resultTypes: ['violations'] })
    expect(violations.map(each => each.id)).toEqual([])
  })

  it('[U-O2] whoever is renamed while results stand there has the new name in all of them', async () => {
    const { emit } = adoptStub(sampleWorld(Date.now()))
    answer = () => ({ hits: [hit(7, '昨天的\uE000海报\uE001')] })
    const { type } = await open()
    await type('o')
    await vi.waitFor(() => expect([all('search-hit').length, all('search-person').length > 0]).toEqual([1, true]))
    const known = sampleWorld(0).users ?? []
    emit({ type: 'users', users: known.map(user => ({ ...user, displayName: `${user.username} anew` })) })
    await vi.waitFor(() => expect([...all('search-hit'), ...all('search-person')].filter(row => !row.textContent.includes(' anew'))).toEqual([]))
  })

  it('finds conversations and people beside messages, but not within one conversation', async () => {
    const { type } = await open()
    await type('o')
    await vi.waitFor(() => expect(all('search-conversation').map(each => each.dataset.conversation)).toEqual(expect.arrayContaining(['c-launch', 'c-deploys', 'c-random'])))
    await vi.waitFor(() => expect(all('search-person').length).toBeGreaterThan(0))
    document.body.innerHTML = ''
    const inside = await open('c-launch')
    await inside.type('o')
    await vi.waitFor(() => expect(asked.at(-1)).toEqual({ q: 'o', conversation: 'c-launch' }))
    expect(all('search-conversation')).toHaveLength(0)
  })

  it('[U-Q1] sends the filters, and says what it cannot read', async () => {
    const { type } = await open()
    await type('poster from:lin in:deploys after:2026-01-31')
    await vi.waitFor(() => expect(asked.at(-1)).toEqual({ q: 'poster', from: 'lin', conversation: 'c-deploys', after: String(new Date(2026, 0, 31).getTime()) }))
    await type('poster before:soon')
    await vi.waitFor(() => expect(document.querySelector('[role=status]')?.textContent).toContain('“before:soon” is no date'))
    await type('poster in:nowhere')
    await vi.waitFor(() => expect(document.querySelector('[role=status]')?.textContent).toContain('no conversation called “nowhere”'))
    expect(asked).toHaveLength(1)
  })

  it('[U-Q1] asks once for quick typing; a slow answer to an older search never shows', async () => {
    let release: (() => void) | undefined
    answer = query => query['q'] === 'old'
      ? new Promise((resolve) => {
          release = () => resolve({ hits: [hit(1, 'old')] })
        })
      : { hits: [hit(2, 'new')] }
    const { type } = await open()
    await type('o')
    await type('ol')
    await type('old')
    await vi.waitFor(() => expect(release).toBeDefined())
    expect(asked.map(query => query['q'])).toEqual(['old'])
    await type('new')
    await vi.waitFor(() => expect(all('search-hit').map(each => each.dataset.seq)).toEqual(['2']))
    release?.()
    await nextTick()
    await nextTick()
    expect(all('search-hit').map(each => each.dataset.seq)).toEqual(['2'])
  })

  it('shows further pages, and says when nothing is found or the server refuses', async () => {
    answer = query => query['cursor'] === undefined ? { hits: [hit(9, 'a')], next: '5' } : { hits: [hit(4, 'b')] }
    const { type } = await open()
    await type('a')
    await vi.waitFor(() => expect(all('search-more')).toHaveLength(1))
    all('search-more')[0]?.click()
    await vi.waitFor(() => expect(all('search-hit').map(each => each.dataset.seq)).toEqual(['9', '4']))
    expect(all('search-more')).toHaveLength(0)
    answer = () => ({ hits: [] })
    await type('nothing')
    await vi.waitFor(() => expect(document.querySelector('[role=status]')?.textContent).toContain('Nothing found for “nothing”'))
    answer = () => Promise.reject(Object.assign(new Error('busy'), { statusCode: 429, data: { code: 'too_many_requests' } }))
    await type('refused')
    await vi.waitFor(() => expect(document.querySelector('[role=status] button')).not.toBeNull())
  })
})
