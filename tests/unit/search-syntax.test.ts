import { describe, expect, it } from 'vitest'
import { namedLike, parseSearch, snippetParts } from '#parley/composables/search/search-syntax.ts'

const day = (year: number, month: number, date: number) => new Date(year, month - 1, date).getTime()

describe('the line of a search', () => {
  it.each([
    ['poster', { words: 'poster', unread: [] }],
    ['from:lin 海报 in:"launch room"', { words: '海报', from: 'lin', in: 'launch room', unread: [] }],
    ['From:@lin x', { words: 'x', from: 'lin', unread: [] }],
    ['来自：王磊 会话：上海 开会', { words: '开会', from: '王磊', in: '上海', unread: [] }],
    ['a after:2026-01-31 before:2026/2/8', { words: 'a', after: day(2026, 1, 31), before: day(2026, 2, 8), unread: [] }],
    ['a after:2026-02-31', { words: 'a', unread: ['after:2026-02-31'] }],
    ['a after:soon before:', { words: 'a', unread: ['after:soon', 'before:'] }],
    ['from: a', { words: 'a', unread: [] }],
    ['https://a.example 10:30 note:x', { words: 'https://a.example 10:30 note:x', unread: [] }],
    ['mailfrom:x', { words: 'mailfrom:x', unread: [] }],
    ['has:file', { words: '', has: ['file'], unread: [] }],
    ['报告 包含：文件 含有:图片 has:FILE', { words: '报告', has: ['file', 'image'], unread: [] }],
    ['has:gold has: x', { words: 'x', unread: ['has:gold'] }],
    ['', { words: '', unread: [] }],
  ])('%j', (line, wish) => {
    expect(parseSearch(line)).toEqual(wish)
  })

  it('a part of a name finds the closest', () => {
    const all = ['Deploys', '上海 launch room', 'Launch']
    expect(['launch', 'dep', '上海', 'room', 'nowhere'].map(name => namedLike(all, name, each => each))).toEqual(['Launch', 'Deploys', '上海 launch room', '上海 launch room', undefined])
  })

  it('[X25] a snippet is parts of text, the matched ones marked', () => {
    expect(snippetParts('我家在\uE000上海\uE001<b>东边</b>\uE000x\uE001')).toEqual([{ text: '我家在', hit: false }, { text: '上海', hit: true }, { text: '<b>东边</b>', hit: false }, { text: 'x', hit: true }])
  })
})
