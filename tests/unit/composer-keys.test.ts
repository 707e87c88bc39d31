import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Draft } from '#parley/client/types.ts'
import { createDraftKeeper, draftDelay } from '#parley/composables/composer/draft-keeper.ts'
import type { KeyContext, KeyPress } from '#parley/composables/composer/keys.ts'
import { meaningOfKey } from '#parley/composables/composer/keys.ts'
import { createTypingSignal } from '#parley/composables/composer/typing-signal.ts'

const enter: KeyPress = { key: 'Enter', keyCode: 13, isComposing: false, repeat: false, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false }
const context: KeyContext = { sendKey: 'enter', coarse: false, justComposed: false, sinceOpened: 10_000, empty: false, mode: 'new' }
const meaning = (press: Partial<KeyPress>, more: Partial<KeyContext> = {}) => meaningOfKey({ ...enter, ...press }, { ...context, ...more })

describe('[U-P1] which Enter sends', () => {
  it.each<[string, Partial<KeyPress>, Partial<KeyContext>, string]>([
    ['Enter', {}, {}, 'send'],
    ['Shift+Enter', { shiftKey: true }, {}, 'native'],
    ['Alt+Enter', { altKey: true }, {}, 'native'],
    ['Ctrl+Enter', { ctrlKey: true }, {}, 'send'],
    ['Enter with the other setting', {}, { sendKey: 'mod-enter' }, 'native'],
    ['Ctrl+Enter with the other setting', { ctrlKey: true }, { sendKey: 'mod-enter' }, 'send'],
    ['Meta+Enter with the other setting', { metaKey: true }, { sendKey: 'mod-enter' }, 'send'],
    ['Enter by touch', {}, { coarse: true }, 'native'],
    ['Ctrl+Enter on a tablet’s keyboard', { ctrlKey: true }, { coarse: true }, 'send'],
    ['a held Enter', { repeat: true }, {}, 'block'],
    ['[U-P3] Enter 499 ms after opening', {}, { sinceOpened: 499 }, 'block'],
    ['[U-P3] Enter 500 ms after opening', {}, { sinceOpened: 500 }, 'send'],
  ])('%s: %s', (_, press, more, expected) => {
    expect(meaning(press, more)).toBe(expected)
  })
})

describe('[U-P2] the Enter that ends a composition', () => {
  it.each<[string, Partial<KeyPress>, Partial<KeyContext>, string]>([
    ['Chromium: keydown while composing', { isComposing: true, keyCode: 229 }, {}, 'native'],
    ['Firefox: keydown while composing, real key code', { isComposing: true }, {}, 'native'],
    ['Safari: keydown 229 after compositionend', { keyCode: 229 }, { justComposed: true }, 'native'],
    ['Safari: keydown 229, a task later', { keyCode: 229 }, {}, 'native'],
    ['keydown 13 in the task of compositionend', {}, { justComposed: true }, 'block'],
    ['arrow while composing', { key: 'ArrowUp', isComposing: true }, { empty: true }, 'native'],
    ['Escape while composing', { key: 'Escape', isComposing: true }, { mode: 'edit' }, 'native'],
    ['Escape in the task of compositionend', { key: 'Escape' }, { justComposed: true, mode: 'edit' }, 'native'],
    ['Ctrl+Enter while composing', { ctrlKey: true, isComposing: true }, {}, 'native'],
    ['the next Enter', {}, {}, 'send'],
  ])('%s: %s', (_, press, more, expected) => {
    expect(meaning(press, more)).toBe(expected)
  })
})

describe('[U-P7] arrow up and Escape', () => {
  it.each<[string, Partial<KeyPress>, Partial<KeyContext>, string]>([
    ['↑ in an empty box', { key: 'ArrowUp' }, { empty: true }, 'edit-last'],
    ['↑ in a text', { key: 'ArrowUp' }, {}, 'native'],
    ['↑ with Shift', { key: 'ArrowUp', shiftKey: true }, { empty: true }, 'native'],
    ['↑ in an emptied edit', { key: 'ArrowUp' }, { empty: true, mode: 'edit' }, 'native'],
    ['Escape in an edit', { key: 'Escape' }, { mode: 'edit' }, 'cancel'],
    ['Escape in an answer', { key: 'Escape' }, { mode: 'reply' }, 'cancel'],
    ['Escape otherwise', { key: 'Escape' }, {}, 'native'],
  ])('%s: %s', (_, press, more, expected) => {
    expect(meaning(press, more)).toBe(expected)
  })
})

describe('[U-P6] drafts', () => {
  beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }))
  afterEach(() => vi.useRealTimers())
  const keep = () => {
    const saved: [Draft | undefined, string][] = []
    return { saved, keeper: createDraftKeeper({ save: (draft, conversation) => saved.push([draft, conversation]), now: Date.now }) }
  }

  it('are saved within 500 ms of the first key, once, with the latest text', () => {
    const { saved, keeper } = keep()
    keeper.open('a')
    keeper.change('h', undefined)
    vi.advanceTimersByTime(300)
    keeper.change('hello', 7)
    vi.advanceTimersByTime(draftDelay - 300)
    expect(saved).toEqual([[{ text: 'hello', replyTo: 7, savedAt: 1_000_000 + draftDelay }, 'a']])
    expect(draftDelay).toBeLessThan(500)
    vi.advanceTimersByTime(5_000)
    expect(saved).toHaveLength(1)
  })

  it('that are due go to the conversation that they were typed in', () => {
    const { saved, keeper } = keep()
    keeper.open('a')
    keeper.change('for a', undefined)
    keeper.open('b')
    keeper.change('for b', undefined)
    vi.advanceTimersByTime(1_000)
    expect(saved.map(([draft, conversation]) => [draft?.text, conversation])).toEqual([['for a', 'a'], ['for b', 'b']])
  })

  it('end with the send, even when a save was due', () => {
    const { saved, keeper } = keep()
    keeper.open('a')
    keeper.change('sent', undefined)
    keeper.clear()
    vi.advanceTimersByTime(1_000)
    expect(saved).toEqual([[undefined, 'a']])
  })

  it('from outside are taken only when nothing newer was typed or sent here', () => {
    const { keeper } = keep()
    const draft = (savedAt: number): Draft => ({ text: 'other', savedAt })
    keeper.open('a')
    expect(keeper.isNews(draft(1))).toBe(true)
    keeper.change('mine', undefined)
    expect(keeper.isNews(draft(2_000_000))).toBe(false)
    keeper.flush()
    expect([keeper.isNews(draft(999_999)), keeper.isNews(draft(1_000_001)), keeper.isNews(undefined)]).toEqual([false, true, false])
  })
})

describe('[U-P13] typing', () => {
  it('is told at most every 3 s while the text changes, and ended once', () => {
    let now = 0
    const told: [number, boolean][] = []
    const signal = createTypingSignal(on => told.push([now, on]), () => now)
    for (now = 0; now <= 6_000; now += 500) signal.changed(true)
    signal.stop()
    signal.stop()
    now = 6_600
    signal.changed(true)
    signal.changed(false)
    expect(told).toEqual([[0, true], [3_000, true], [6_000, true], [6_500, false], [6_600, true], [6_600, false]])
  })
})
