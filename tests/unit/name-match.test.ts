import { describe, expect, it } from 'vitest'
import { matchNames } from '#parley/composables/shortcuts/name-match.ts'
import { spelledAt } from '#parley/composables/shortcuts/pinyin.ts'

const named = (...all: (string | string[])[]) => all.map(names => ({ names: [names].flat() }))
const found = (typed: string, ...all: (string | string[])[]) => matchNames(named(...all), typed).map(({ names }) => names[0])

describe('names spelled by pinyin', () => {
  it.each([
    ['林小雨', 'lxy'], ['林小雨', 'linxiaoyu'], ['林小雨', 'linxy'], ['林小雨', 'lxiaoyu'], ['林小雨', 'linx'], ['林小雨', 'lin'], ['王磊', 'wl'], ['陈晨', 'chch'], ['张伟', 'zhw'], ['张伟', 'zw'],
    ['欧阳修', 'oyx'], ['吕布', 'lvbu'], ['单田芳', 'shantf'], ['曾国藩', 'zgf'], ['重庆分部', 'cqfb'], ['重庆分部', 'chongqing'], ['许诺', 'xunuo'], ['徐州', 'xz'], ['黄河', 'huanghe'], ['安娜', 'anna'],
  ])('%s is found by %s', (name, typed) => {
    expect(spelledAt(name, typed)).toBe(0)
  })

  it.each([['林小雨', 'wl'], ['林小雨', 'lixy'], ['王磊', 'wangleix'], ['Maya', 'm'], ['ひらがな', 'h'], ['한글', 'h']])('%s is not found by %s', (name, typed) => {
    expect(spelledAt(name, typed)).toBeUndefined()
  })

  it('tells where it begins', () => {
    expect(spelledAt('上海发布组', 'fbz')).toBe(2)
    expect(spelledAt('Q4 规划', 'gh')).toBe(3)
  })
})

describe('matching names', () => {
  it('keeps the order given when nothing is typed', () => {
    expect(found('', 'b', 'a', 'c')).toEqual(['b', 'a', 'c'])
    expect(found('  ', 'b', 'a')).toEqual(['b', 'a'])
  })

  it('the start of the name goes before the start of a word, before the middle, before letters in between', () => {
    expect(found('des', 'Old desk', 'modest', 'Design', 'dull eyes shut', 'none')).toEqual(['Design', 'Old desk', 'modest', 'dull eyes shut'])
  })

  it('one and two letters do not match across a name', () => {
    expect(found('dn', 'Design', 'dn')).toEqual(['dn'])
  })

  it('every word counts, in any order, also the second name', () => {
    expect(found('week rel', 'Release week', 'Release notes')).toEqual(['Release week'])
    expect(found('may88', ['Maya Okafor', 'may88'], ['Sam Okafor', 'sam'])).toEqual(['Maya Okafor'])
  })

  it('what is shown goes before the name behind it', () => {
    expect(found('lin', ['王磊', 'lin'], ['Lin', 'x'])).toEqual(['Lin', '王磊'])
  })

  it('compares folded: width, case, composed signs', () => {
    expect(found('ＡＤＡ', 'Ada')).toEqual(['Ada'])
    expect(found('zoë', 'Zoe\u0308')).toEqual(['Zoe\u0308'])
  })

  it('finds Chinese by characters first, then by reading', () => {
    expect(found('小雨', '林小雨', '王磊')).toEqual(['林小雨'])
    expect(found('l', '王磊', '林小雨', 'Lin')).toEqual(['Lin', '林小雨', '王磊'])
  })
})
