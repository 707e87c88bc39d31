import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matches, parseQuery } from '#parley/server/storage/search-query.ts'
import { makeSnippet } from '#parley/server/storage/snippet.ts'
import { tokenise, tokenText } from '#parley/server/storage/tokens.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 60 }).map(text => text.toWellFormed())
const writtenText = fc.array(fc.constantFrom('上', '海', 'タ', 'ﾀ', 'ﾀﾞ', '한', 'a', 'B', 'ß', 'é', 'e\u0301', '㎏', '９', ' ', '，', '_', '😀', '\uE000', 'Σ', 'ς'), { maxLength: 30 }).map(parts => parts.join(''))

describe('tokens', () => {
  it('are the same by the short way for ASCII as by the long one', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary-ascii', maxLength: 200 }), (text) => {
      expect(tokenText(text)).toBe(tokenise(text).tokens.map(token => token.text).join(' '))
    }))
  })

  it('[X28] are never more than letters, digits and marks, whatever the text', () => {
    fc.assert(fc.property(fc.oneof(anyText, writtenText), (text) => {
      expect(tokenText(text)).toMatch(/^[\p{L}\p{N}\p{M} ]*$/u)
      for (const { tokens } of parseQuery(text)) expect(tokens.join('')).toMatch(/^[\p{L}\p{N}\p{M}]+$/u)
    }))
  })

  it('a text is found by itself and by each of its words', () => {
    fc.assert(fc.property(writtenText, (text) => {
      if (parseQuery(text).length > 0) expect(matches(parseQuery(text), text)).toBe(true)
      for (const word of text.split(/[ ，_😀\uE000]+/u).filter(part => parseQuery(part).length > 0)) expect(matches(parseQuery(word), text)).toBe(true)
    }))
  })

  it('a snippet without its marks is a part of the text, and its marks come in pairs', () => {
    fc.assert(fc.property(writtenText, writtenText, (text, query) => {
      const snippet = makeSnippet(text, parseQuery(query))
      const plain = snippet.replace(/[\uE000\uE001]/gu, '').replace(/^…|…$/gu, '')
      expect(text.replace(/[\uE000\uE001]/gu, '')).toContain(plain)
      expect(snippet.replace(/[^\uE000\uE001]/gu, '')).toMatch(/^(\uE000\uE001)*$/u)
    }))
  })
})
