import { describe, expect, it } from 'vitest'
import { helpGroups } from '#parley/composables/shortcuts/help-rows.ts'
import { namesOf, platformOf } from '#parley/composables/shortcuts/key-names.ts'
import { chordOf, meaningOfShortcut, shortcuts } from '#parley/composables/shortcuts/registry.ts'
import type { Platform, ShortcutContext, ShortcutPress } from '#parley/composables/shortcuts/registry.ts'

const press = (key: string, change: Partial<ShortcutPress> = {}): ShortcutPress => ({ key, code: '', keyCode: 0, isComposing: false, repeat: false, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...change })
const context = (change: Partial<ShortcutContext> = {}): ShortcutContext => ({ platform: 'other', covered: false, focus: 'page', conversation: true, ...change })

/** The press that a shortcut of the table asks for. */
function pressOf(id: string, platform: Platform): ShortcutPress {
  const chord = chordOf(shortcuts.find(each => each.id === id)!, platform)
  const has = (name: 'mod' | 'ctrl' | 'alt' | 'shift') => chord.with.includes(name)
  return press(chord.key, { altKey: has('alt'), shiftKey: has('shift'), metaKey: platform === 'apple' && has('mod'), ctrlKey: has('ctrl') || (platform === 'other' && has('mod')) })
}
const ours = shortcuts.filter(({ where }) => where !== 'part').map(({ id }) => id)

describe.each(['apple', 'other'] as const)('[U-A3] shortcuts on %s', (platform) => {
  it.each(ours)('%s is found by its keys', (id) => {
    expect(meaningOfShortcut(pressOf(id, platform), context({ platform }))).toBe(id)
  })

  it.each(ours)('[U-P2] %s does nothing while an input method composes', (id) => {
    expect(meaningOfShortcut({ ...pressOf(id, platform), isComposing: true }, context({ platform }))).toBeUndefined()
    expect(meaningOfShortcut({ ...pressOf(id, platform), keyCode: 229 }, context({ platform }))).toBeUndefined()
  })

  it.each(ours)('%s does nothing in a dialog or a menu', (id) => {
    expect(meaningOfShortcut(pressOf(id, platform), context({ platform, covered: true }))).toBeUndefined()
  })

  it('no two have the same keys', () => {
    const chords = shortcuts.filter(({ where }) => where !== 'part').map(shortcut => JSON.stringify(chordOf(shortcut, platform)))
    expect(new Set(chords).size).toBe(chords.length)
  })

  it('none takes what a text needs: arrows, letters and signs alone, or with what moves and writes in a text', () => {
    const inText = context({ platform, focus: 'composer' })
    for (const key of ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'a', 'm', '/', 'k', 'Enter', 'Home', 'End', 'Backspace']) {
      for (const change of [{}, { shiftKey: true }]) expect(meaningOfShortcut(press(key, change), inText), `${key} ${JSON.stringify(change)}`).toBeUndefined()
      // Option moves by paragraph and writes signs; Ctrl are the keys of Emacs, which every text of a Mac knows.
      if (platform === 'apple') for (const change of [{ altKey: true }, { altKey: true, shiftKey: true }, { ctrlKey: true }]) expect(meaningOfShortcut(press(key, change), inText), `${key} ${JSON.stringify(change)}`).toBeUndefined()
    }
    // AltGr is Ctrl and Alt together: it writes signs.
    expect(meaningOfShortcut(press('m', { altKey: true, ctrlKey: true }), { ...inText, platform: 'other' })).toBeUndefined()
  })

  it('none is a key that browsers keep for themselves', () => {
    const kept = ['n', 't', 'w', 'q', 'l', 'r', 'p', 's', 'h']
    for (const shortcut of shortcuts) {
      const chord = chordOf(shortcut, platform)
      if (chord.with.length === 1 && chord.with[0] === 'mod') expect(kept).not.toContain(chord.key)
    }
  })
})

describe('[U-A3] shortcuts', () => {
  it('a held key moves on, but opens nothing again, nor what the browser has behind it', () => {
    expect(meaningOfShortcut({ ...pressOf('next', 'other'), repeat: true }, context())).toBe('next')
    expect(meaningOfShortcut({ ...pressOf('search', 'other'), repeat: true }, context())).toBe('block')
    expect(meaningOfShortcut({ ...pressOf('search', 'other'), repeat: true }, context({ covered: true }))).toBe('block')
    expect(meaningOfShortcut({ ...pressOf('read', 'other'), repeat: true }, context())).toBeUndefined()
  })

  it('Escape is left to fields, but not to the message box', () => {
    expect(meaningOfShortcut(press('Escape'), context({ focus: 'field' }))).toBeUndefined()
    expect(meaningOfShortcut(press('Escape'), context({ focus: 'composer' }))).toBe('read')
    expect(meaningOfShortcut(press('Escape'), context({ conversation: false }))).toBeUndefined()
  })

  it('a choice or a date opens by Alt and an arrow', () => {
    expect(meaningOfShortcut(pressOf('next', 'other'), context({ focus: 'choice' }))).toBeUndefined()
    expect(meaningOfShortcut(pressOf('switch', 'other'), context({ focus: 'choice' }))).toBe('switch')
  })

  it('letters are told by their place on keyboards of other scripts, signs by what they write', () => {
    expect(meaningOfShortcut(press('л', { code: 'KeyK', ctrlKey: true }), context())).toBe('switch')
    expect(meaningOfShortcut(press('µ', { code: 'KeyM', ctrlKey: true, metaKey: true }), context({ platform: 'apple' }))).toBe('mute')
    // Dvorak: what is printed counts.
    expect(meaningOfShortcut(press('t', { code: 'KeyK', ctrlKey: true }), context())).toBeUndefined()
    // German: Shift and 7 write the slash.
    expect(meaningOfShortcut(press('/', { code: 'Digit7', ctrlKey: true, shiftKey: true }), context())).toBe('help')
  })

  it('Ctrl is not ⌘: on a Mac, Ctrl and F moves in a text', () => {
    expect(meaningOfShortcut(press('f', { ctrlKey: true }), context({ platform: 'apple' }))).toBeUndefined()
    expect(meaningOfShortcut(press('f', { metaKey: true }), context())).toBeUndefined()
  })
})

describe('the help on shortcuts', () => {
  it.each(['apple', 'other'] as const)('names every shortcut once, on %s', (platform) => {
    const chords = helpGroups(platform, 'enter').flatMap(group => group.rows.flatMap(row => row.chords))
    expect(chords).toEqual(expect.arrayContaining(shortcuts.map(shortcut => chordOf(shortcut, platform))))
    expect(chords).toHaveLength(shortcuts.length + 2)
  })

  it('names the keys as the keyboard does, and the key that sends as chosen', () => {
    const printed = (id: string, platform: Platform) => namesOf(chordOf(shortcuts.find(each => each.id === id)!, platform), platform).map(({ print }) => print).join(' ')
    expect([printed('switch', 'apple'), printed('switch', 'other'), printed('nextUnread', 'apple'), printed('nextUnread', 'other')]).toEqual(['⌘ K', 'Ctrl K', '⌃ ⇧ ⌘ ↓', 'Alt Shift ↓'])
    expect(namesOf({ key: 'ArrowUp', with: ['alt'] }, 'apple')).toEqual([{ print: '⌥', spoken: 'Option' }, { print: '↑', word: 'up' }])
    const sends = (key: 'enter' | 'mod-enter') => helpGroups('other', key)[2]?.rows.slice(0, 2).map(row => row.chords[0]?.with.join())
    expect([sends('enter'), sends('mod-enter')]).toEqual([['', 'shift'], ['mod', '']])
  })

  it('tells keyboards apart', () => {
    expect(['MacIntel', 'iPad', 'Win32', 'Linux x86_64', 'Linux armv81'].map(platform => platformOf({ platform }))).toEqual(['apple', 'apple', 'other', 'other', 'other'])
  })
})
