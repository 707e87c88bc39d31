/** Every shortcut of the interface, once (U-A3). Pure: what a key press means depends on nothing but what is handed in. */

export type Platform = 'apple' | 'other'
export type Modifier = 'mod' | 'ctrl' | 'alt' | 'shift'

/** `mod` is ⌘ on Apple's keyboards and Ctrl elsewhere. `key` as in KeyboardEvent.key, letters small. */
export interface Chord { key: string, with: readonly Modifier[] }

interface Entry {
  id: string
  /** Apple's keyboards have own ones where Alt with arrows moves in a text, or Alt with a letter writes a sign. */
  chord: Chord | { apple: Chord, other: Chord }
  /** `conversation` needs an open one. `part` belongs to a part of the page, which takes its keys itself: here only for the help. */
  where: 'anywhere' | 'conversation' | 'part'
  /** Holding the keys goes on and on. */
  repeats?: true
}

const mod = (key: string): Chord => ({ key, with: ['mod'] })
const plain = (key: string): Chord => ({ key, with: [] })
/** Alt elsewhere; Ctrl and ⌘ on Apple's, which neither its texts nor its browsers use with these keys. */
const own = (key: string, ...more: Modifier[]) => ({ apple: { key, with: ['ctrl', 'mod', ...more] }, other: { key, with: ['alt', ...more] } }) as const

export const shortcuts = [
  { id: 'switch', chord: mod('k'), where: 'anywhere' },
  { id: 'previous', chord: own('ArrowUp'), where: 'anywhere', repeats: true },
  { id: 'next', chord: own('ArrowDown'), where: 'anywhere', repeats: true },
  { id: 'previousUnread', chord: own('ArrowUp', 'shift'), where: 'anywhere', repeats: true },
  { id: 'nextUnread', chord: own('ArrowDown', 'shift'), where: 'anywhere', repeats: true },
  { id: 'search', chord: mod('f'), where: 'anywhere' },
  { id: 'read', chord: plain('Escape'), where: 'conversation' },
  { id: 'mute', chord: own('m'), where: 'conversation' },
  { id: 'details', chord: own('i'), where: 'conversation' },
  { id: 'editLast', chord: plain('ArrowUp'), where: 'part' },
  { id: 'cancel', chord: plain('Escape'), where: 'part' },
  { id: 'olderMessage', chord: plain('ArrowUp'), where: 'part' },
  { id: 'newerMessage', chord: plain('ArrowDown'), where: 'part' },
  { id: 'newest', chord: plain('End'), where: 'part' },
  { id: 'menu', chord: { key: 'F10', with: ['shift'] }, where: 'part' },
  { id: 'help', chord: mod('/'), where: 'anywhere' },
] as const satisfies readonly Entry[]

type Shortcut = typeof shortcuts[number]
/** What the one listener acts upon. */
export type ShortcutId = Extract<Shortcut, { where: 'anywhere' | 'conversation' }>['id']

export const chordOf = (shortcut: Entry, platform: Platform): Chord => 'apple' in shortcut.chord ? shortcut.chord[platform] : shortcut.chord

/** The fields of a KeyboardEvent that matter. */
export interface ShortcutPress {
  key: string
  code: string
  keyCode: number
  isComposing: boolean
  repeat: boolean
  shiftKey: boolean
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
}

export interface ShortcutContext {
  platform: Platform
  /** A dialog, a menu or another layer is open: its keys are its own. */
  covered: boolean
  /** Where the focus is. A choice or a date opens with Alt and an arrow; a field may have its own Esc, the message box has not. */
  focus: 'page' | 'composer' | 'field' | 'choice'
  /** A conversation is open. */
  conversation: boolean
}

/** `block` = ours, but nothing happens: a held key must not reach the browser's own shortcut behind it. */
export type ShortcutMeaning = ShortcutId | 'block' | undefined

/** On a keyboard of another script the letter is told by its place; Shift may be what writes a sign. */
function sameKey(press: ShortcutPress, { key }: Chord): boolean {
  const pressed = press.key.toLowerCase()
  if (pressed === key.toLowerCase()) return true
  return /^[a-z]$/.test(key) && !/^[a-z]$/.test(pressed) && press.code === `Key${key.toUpperCase()}`
}

function isPressed(press: ShortcutPress, chord: Chord, platform: Platform): boolean {
  const wants = (modifier: Modifier) => chord.with.includes(modifier)
  return sameKey(press, chord)
    && press.altKey === wants('alt')
    && (press.shiftKey === wants('shift') || chord.key === '/')
    && press.metaKey === (platform === 'apple' && wants('mod'))
    && press.ctrlKey === (platform === 'apple' ? wants('ctrl') : wants('mod') || wants('ctrl'))
}

export function meaningOfShortcut(press: ShortcutPress, context: ShortcutContext): ShortcutMeaning {
  // 229 without isComposing is Safari's keydown after compositionend (U-P2).
  if (press.isComposing || press.keyCode === 229) return undefined
  const found = shortcuts.find((shortcut): shortcut is Shortcut & { id: ShortcutId } => shortcut.where !== 'part' && isPressed(press, chordOf(shortcut, context.platform), context.platform))
  if (found === undefined || (found.where === 'conversation' && !context.conversation)) return undefined
  const { with: modifiers } = chordOf(found, context.platform)
  if (modifiers.length === 0 && context.focus !== 'page' && context.focus !== 'composer') return undefined
  if (context.focus === 'choice' && modifiers.includes('alt')) return undefined
  if (press.repeat && !('repeats' in found)) return modifiers.length === 0 ? undefined : 'block'
  return context.covered ? undefined : found.id
}
