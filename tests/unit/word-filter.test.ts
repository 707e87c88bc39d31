import { describe, expect, it } from 'vitest'
import { createWordFilter } from '#parley/server/administration/word-filter.ts'
import type { Content } from '#parley/shared/model.ts'

const verdict = (words: string[], text: string | Content, action: 'refuse' | 'mask' = 'refuse') => {
  const content = typeof text === 'string' ? { type: 'text', text } as const : text
  return createWordFilter({ words, action })?.({ kind: 'message', conversation: 'c', sender: 's', content })
}
const refused = (words: string[], text: string) => verdict(words, text) !== undefined
function masked(words: string[], text: string): string | undefined {
  const found = verdict(words, text, 'mask')
  return found && 'keep' in found ? found.keep.text : found && 'refused'
}

describe('the word filter', () => {
  it('is not there without words', () => {
    expect(createWordFilter({ words: [], action: 'refuse' })).toBeUndefined()
    expect(createWordFilter({ words: ['*', '  '], action: 'refuse' })).toBeUndefined()
  })

  it('finds words of spaced scripts only where they stand alone, unless a * lets them go on', () => {
    expect([refused(['ass'], 'you ass!'), refused(['ass'], 'a class'), refused(['ass*'], 'assess'), refused(['ass*'], 'class'), refused(['*ass'], 'class'), refused(['*ass*'], 'classes')])
      .toEqual([true, false, true, false, true, true])
  })

  it('finds words of unspaced scripts anywhere, and others beside them', () => {
    expect([refused(['赌博'], '快来赌博吧'), refused(['bad'], '真是bad啊'), refused(['バカ'], 'おバカさん'), refused(['赌博'], '赌一博')]).toEqual([true, true, true, false])
  })

  it('[X24] is not deceived by case, width, composition or characters without a shape', () => {
    for (const text of ['BAD', 'ｂａｄ', 'b\u200Bad', 'b\u00ADa\u2060d', 'Ｂa\uFE0Fd']) expect({ text, refused: refused(['bad'], text) }).toEqual({ text, refused: true })
    expect(refused(['café'], 'cafe\u0301')).toBe(true)
    expect(refused(['ガ'], 'ｶﾞ')).toBe(true)
  })

  it('takes no word for a pattern', () => {
    expect([refused(['.*'], 'anything'), refused(['(a+)+$'], 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa!'), refused(['a.c'], 'abc'), refused(['a.c'], 'so a.c it is'), refused(['[x]'], 'x'), refused(['c++'], 'in c++ I trust')])
      .toEqual([false, false, false, true, false, true])
    for (const sign of '\\^$.*+?()[]{}|/-&~!#%,:;<=>@`\'"') expect(() => createWordFilter({ words: [`x${sign}y`], action: 'refuse' })).not.toThrow()
  })

  it('[S9] masks sign for sign what it finds and nothing else', () => {
    expect(masked(['bad', '赌博'], 'A BAD day, 去赌博?')).toBe('A *** day, 去**?')
    expect(masked(['bad'], 'b\u200Bad news')).toBe('*** news')
    expect(masked(['👍'], 'ok 👍 ok')).toBe('ok * ok')
    expect(masked(['two words'], 'my two   words here')).toBe('my *********** here')
    expect([masked(['spam*'], 'buy spammy things'), masked(['*ass*'], 'two classes, 2 asses')]).toEqual(['buy ****** things', 'two *******, 2 *****'])
    expect(masked(['bad'], 'good')).toBeUndefined()
  })

  it('looks at captions and fallback texts, and refuses a file of such a name also where words are masked', () => {
    const attachment = { id: 'a', name: 'bad.png', mime: 'image/png', size: 1 }
    expect(verdict(['bad'], { type: 'image', attachment }, 'mask')).toMatchObject({ refuse: { code: 'filtered' } })
    expect(verdict(['bad'], { type: 'image', attachment: { ...attachment, name: 'ok.png' }, text: 'bad' }, 'mask')).toMatchObject({ keep: { text: '***', attachment: { name: 'ok.png' } } })
    expect(verdict(['bad'], { type: 'custom', name: 'x', data: null, text: 'bad' })).toMatchObject({ refuse: { code: 'filtered' } })
    expect(verdict(['bad'], { type: 'file', attachment: { ...attachment, name: 'ok' } })).toBeUndefined()
  })

  it('stays quick with the most words and the longest text', () => {
    const words = Array.from({ length: 500 }, (_, n) => `${'ab'.repeat(16)}${n}x`)
    const before = process.cpuUsage().user
    expect(refused(words, 'ab'.repeat(4_000))).toBe(false)
    expect((process.cpuUsage().user - before) / 1_000).toBeLessThan(1_000)
  })
})
