import { describe, expect, it } from 'vitest'
import { mayMentionAll, mentionOptions } from '#parley/composables/composer/mention-options.ts'
import { mentionBefore, popupTrigger } from '#parley/composables/composer/popup-trigger.ts'
import { findEmoji, loadEmoji } from '#parley/composables/emoji/emoji-list.ts'
import { limits } from '#parley/shared/protocol/index.ts'

describe('[U-P11] what is being completed', () => {
  const at = (text: string) => {
    const found = popupTrigger(text, text.length)
    return found === undefined ? undefined : [found.kind, found.start, found.query]
  }

  it.each([
    ['@', ['mention', 0, '']],
    ['hi @bo', ['mention', 3, 'bo']],
    ['你好@小', ['mention', 2, '小']],
    ['＠王', ['mention', 0, '王']],
    ['mail me@host', undefined],
    ['@bob ', undefined],
    [':smi', ['emoji', 0, 'smi']],
    ['so :s', undefined],
    ['so :笑', ['emoji', 3, '笑']],
    ['说:好的', undefined],
    ['at 10:30', undefined],
    ['https://a', undefined],
  ])('%j', (text, expected) => {
    expect(at(text)).toEqual(expected)
  })

  it('is what stands before the caret only', () => {
    expect(popupTrigger('@bob and more', 3)).toEqual({ kind: 'mention', start: 0, query: 'bo' })
    expect(popupTrigger('@bob and more', 9)).toBeUndefined()
  })

  it('a mention of a known name is one unit, others are letters', () => {
    const known = new Set(['bob', '王小明'])
    expect(mentionBefore('hi @Bob', 7, known)).toBe(3)
    expect(mentionBefore('@王小明', 4, known)).toBe(0)
    expect(mentionBefore('hi @bobby', 7, known)).toBeUndefined()
    expect(mentionBefore('hi @carol', 9, known)).toBeUndefined()
    expect(mentionBefore('hi @bob ', 8, known)).toBeUndefined()
  })
})

describe('[U-P11] whom @ offers', () => {
  const people = [['lin', '林小雨'], ['maya', 'Maya Okafor'], ['okto', 'Ok To'], ['wanglei', '王磊']].map(([username = '', displayName = '']) => ({ id: username, username, displayName }))
  const offered = (query: string) => mentionOptions(people, query, 8).map(user => user.id)

  it('members by the beginning of username, name or a word of the name', () => {
    expect(offered('')).toEqual(['lin', 'maya', 'okto', 'wanglei'])
    expect(offered('王')).toEqual(['wanglei'])
    expect(offered('OK')).toEqual(['okto', 'maya'])
    expect(offered('ayа')).toEqual([])
  })

  it('[S9] everyone only where the server allows it', () => {
    const room = (memberCount: number, role: 'owner' | 'admin' | 'member', kind: 'group' | 'direct' = 'group') => mayMentionAll({ memberCount, role, kind })
    expect([room(limits.mentionAllMembers, 'member'), room(limits.mentionAllMembers + 1, 'member'), room(5_000, 'admin'), room(2, 'owner', 'direct')]).toEqual([true, false, true, false])
  })
})

describe('emoji', () => {
  it('are found by code, English and Chinese name, best first', async () => {
    const chinese = await loadEmoji('zh-CN')
    const english = await loadEmoji('en')
    expect(english.length).toBe(chinese.length)
    expect(english.length).toBeGreaterThan(1_800)
    expect(new Set(english.map(each => each.emoji)).size).toBe(english.length)
    expect(findEmoji(english, 'joy', 8)[0]?.emoji).toBe('😂')
    expect(findEmoji(english, '+1', 8)[0]?.emoji).toBe('👍')
    expect(findEmoji(english, 'heart', 8).some(each => each.emoji.startsWith('❤'))).toBe(true)
    expect(findEmoji(chinese, '火箭', 8)[0]?.emoji).toBe('🚀')
    expect(findEmoji(chinese, 'rocket', 8)[0]?.name).toBe('火箭')
    expect(findEmoji(chinese, 'nothing at all', 8)).toEqual([])
  })
})
