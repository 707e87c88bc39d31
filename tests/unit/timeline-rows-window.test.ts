import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRowHeights } from '#parley/composables/timeline/row-heights.ts'
import { maxRendered, rangeCovers, rangeFor } from '#parley/composables/timeline/window-range.ts'
import { isEmojiOnly, isLongText, textPieces, textSummary } from '#parley/composables/timeline/message-text.ts'

const items = (keys: string[]) => keys.map(key => ({ key }))

describe('[U-S1] heights by key', () => {
  it('belong to their item wherever it moves: prepend, insert, remove and swap', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 30 }), fc.infiniteStream(fc.nat(29)), fc.boolean(), (keys, picks, reverse) => {
      const heights = createRowHeights<{ key: string }>(() => 10)
      heights.setItems(items(keys))
      const measured = new Map<string, number>()
      for (let i = 0; i < keys.length; i += 2) {
        heights.measure(i, 20 + i)
        measured.set(keys[i] ?? '', 20 + i)
      }
      heights.total()
      const next = keys.filter((_, i) => (picks.next().value ?? 0) + i > 8)
      next.splice((picks.next().value ?? 0) % (next.length + 1), 0, 'a new one', 'another one')
      if (reverse) next.reverse()
      heights.setItems(items(next))
      let offset = 0
      next.forEach((key, i) => {
        expect(heights.offset(i)).toBe(offset)
        expect(heights.indexAt(offset)).toBe(i)
        offset += measured.get(key) ?? 10
      })
      expect(heights.total()).toBe(offset)
    }))
  })

  it('a measurement moves only what is below it', () => {
    const heights = createRowHeights<{ key: string }>(() => 10)
    heights.setItems(items(['a', 'b', 'c']))
    expect(heights.total()).toBe(30)
    heights.measure(1, 50)
    expect([heights.offset(1), heights.offset(2), heights.total()]).toEqual([10, 60, 70])
  })
})

describe('window range', () => {
  const heights = createRowHeights<{ key: string }>(() => 20)
  heights.setItems(Array.from({ length: 100_000 }, (_, i) => ({ key: String(i) })))

  it('renders the view and a margin, never the whole', () => {
    const view = { top: 1_000_000, height: 800 }
    const range = rangeFor(view, heights, 100_000)
    expect(heights.offset(range.start)).toBeLessThanOrEqual(view.top - 780)
    expect(heights.offset(range.end)).toBeGreaterThanOrEqual(view.top + view.height + 780)
    expect(rangeCovers(range, view, heights, 100_000)).toBe(true)
    expect(rangeCovers(range, { top: view.top - 300, height: 800 }, heights, 100_000)).toBe(true)
    expect(rangeCovers(range, { top: view.top - 500, height: 800 }, heights, 100_000)).toBe(false)
  })

  it('stays bounded on the tallest screen and still holds the top of the view', () => {
    const range = rangeFor({ top: 1_000_000, height: 4_320 }, heights, 100_000)
    expect(range.end - range.start).toBeLessThanOrEqual(maxRendered)
    expect(range.start).toBeLessThan(50_000)
    expect(range.end).toBeGreaterThan(50_000)
  })

  it('is empty for no items and whole for few', () => {
    expect(rangeFor({ top: 0, height: 800 }, heights, 0)).toEqual({ start: 0, end: 0 })
    const few = createRowHeights<{ key: string }>(() => 20)
    few.setItems(items(['a', 'b']))
    expect(rangeFor({ top: 0, height: 800 }, few, 2)).toEqual({ start: 0, end: 2 })
  })
})

describe('[U-T5] message text', () => {
  const links = (text: string) => textPieces(text).filter(piece => piece.kind === 'link').map(piece => piece.text)

  it.each([
    ['see https://a.example/b.', ['https://a.example/b']],
    ['(https://a.example/x_(y))', ['https://a.example/x_(y)']],
    ['看https://a.example/路径，然后', ['https://a.example/路径']],
    ['http://a.example?x=1&y=2#z!', ['http://a.example?x=1&y=2#z']],
    ['“https://a.example”', ['https://a.example']],
    ['[X25] javascript:alert(1) data:text/html,x file:///etc', []],
    ['[X25] https:// http://', []],
    ['two https://a.example https://b.example', ['https://a.example', 'https://b.example']],
  ])('%s', (text, expected) => {
    expect(links(text)).toEqual(expected)
  })

  it('[X25] links lead to http and https only, and the pieces are the text', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom('https://', 'http://x', 'javascript:', '<img onerror=1>', '\n', ' ', '‮', '.', ')')), { maxLength: 12 }), (parts) => {
      const text = parts.join('')
      const pieces = textPieces(text)
      expect(pieces.map(piece => piece.text).join('')).toBe(text)
      for (const piece of pieces) if (piece.kind === 'link') expect(new URL(piece.href).protocol).toMatch(/^https?:$/)
    }))
  })

  it.each([['👍', true], ['👩‍👩‍👧 🇨🇳 ❤️', true], ['👍👍👍👍', false], ['ok 👍', false], ['1', false], ['', false], ['©', false]])('emoji only: %s is %s', (text, expected) => {
    expect(isEmojiOnly(text)).toBe(expected)
  })

  it('collapses what is longer than a screen', () => {
    expect([isLongText('x'.repeat(1_400)), isLongText('x'.repeat(1_401)), isLongText('\n'.repeat(17)), isLongText('\n'.repeat(18))]).toEqual([false, true, false, true])
  })

  it('a summary is one line and cuts no character in two', () => {
    expect(textSummary('a\n\nb  c')).toBe('a b c')
    expect(textSummary('😀'.repeat(200), 3)).toBe('😀😀😀…')
  })
})
