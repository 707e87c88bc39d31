import type { Chord, Modifier, Platform } from '#parley/composables/shortcuts/registry.ts'

/** A key as it is printed, and as it is read out where the print is a sign: by its name, or by a word of the language. */
export interface KeyName { print: string, spoken?: string, word?: 'up' | 'down' }

const modifiers: Record<Platform, Record<Modifier, KeyName>> = {
  apple: { ctrl: { print: '⌃', spoken: 'Control' }, alt: { print: '⌥', spoken: 'Option' }, shift: { print: '⇧', spoken: 'Shift' }, mod: { print: '⌘', spoken: 'Command' } },
  other: { ctrl: { print: 'Ctrl' }, alt: { print: 'Alt' }, shift: { print: 'Shift' }, mod: { print: 'Ctrl' } },
}
/** Keys that are not named by what they write. */
const keys: Readonly<Record<string, KeyName>> = {
  ArrowUp: { print: '↑', word: 'up' }, ArrowDown: { print: '↓', word: 'down' }, Escape: { print: 'Esc' }, Enter: { print: 'Enter' }, End: { print: 'End' },
}
/** The order in which keyboards and their makers name modifiers. */
const modifierOrder: readonly Modifier[] = ['ctrl', 'alt', 'shift', 'mod']

/** The keys of a chord in the order in which they are named. */
export function namesOf(chord: Chord, platform: Platform): KeyName[] {
  const order = platform === 'apple' ? modifierOrder : ['mod', ...modifierOrder.filter(name => name !== 'mod')] as const
  return [...order.filter(name => chord.with.includes(name)).map(name => modifiers[platform][name]), keys[chord.key] ?? { print: chord.key.toUpperCase() }]
}

/** Whose keyboard this is. An iPad calls itself a Mac, and has the same keys. */
export const platformOf = ({ platform }: { platform: string }): Platform => /^(Mac|iPhone|iPad|iPod)/.test(platform) ? 'apple' : 'other'
