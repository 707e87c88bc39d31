import { chordOf, shortcuts } from '#parley/composables/shortcuts/registry.ts'
import type { Chord, Platform } from '#parley/composables/shortcuts/registry.ts'

type Id = typeof shortcuts[number]['id']

/** One line of the help: what it does (a name in the texts), and the keys; two of a pair stand in one line. */
export interface HelpRow { name: Id | 'send' | 'newLine', chords: readonly Chord[] }
export interface HelpGroup { name: 'go' | 'conversation' | 'writing' | 'messages' | 'app', rows: readonly HelpRow[] }

const enter = (...modifiers: Chord['with']): Chord => ({ key: 'Enter', with: modifiers })

/** All shortcuts by group, with the keys of this keyboard and the chosen key that sends. */
export function helpGroups(platform: Platform, sendKey: 'enter' | 'mod-enter'): HelpGroup[] {
  const row = (name: Id, ...more: Id[]): HelpRow => ({ name, chords: shortcuts.filter(({ id }) => id === name || more.includes(id)).map(shortcut => chordOf(shortcut, platform)) })
  const send = sendKey === 'enter' ? [enter(), enter('shift')] as const : [enter('mod'), enter()] as const
  return [
    { name: 'go', rows: [row('switch'), row('previous', 'next'), row('previousUnread', 'nextUnread')] },
    { name: 'conversation', rows: [row('search'), row('read'), row('mute'), row('details')] },
    { name: 'writing', rows: [{ name: 'send', chords: [send[0]] }, { name: 'newLine', chords: [send[1]] }, row('editLast'), row('cancel')] },
    { name: 'messages', rows: [row('olderMessage', 'newerMessage'), row('newest'), row('menu')] },
    { name: 'app', rows: [row('help')] },
  ]
}
