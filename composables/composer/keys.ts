/** What a key press in the message box means (U-P1, U-P2, U-P3, U-P7). Pure: everything it depends on is handed in. */

export type SendKey = 'enter' | 'mod-enter'

/** The fields of a KeyboardEvent that matter. */
export interface KeyPress {
  key: string
  keyCode: number
  isComposing: boolean
  repeat: boolean
  shiftKey: boolean
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
}

export interface KeyContext {
  sendKey: SendKey
  /** The main pointer is a finger: Enter breaks the line, the button sends. */
  coarse: boolean
  /** A composition ended in this very task (Safari ends it before the keydown that ended it). */
  justComposed: boolean
  /** Ms since the conversation was opened. */
  sinceOpened: number
  empty: boolean
  mode: 'new' | 'edit' | 'reply'
}

/** `native` = the browser's own doing; `block` = nothing at all happens. */
export type KeyMeaning = 'native' | 'block' | 'send' | 'edit-last' | 'cancel'

/** U-P3: the Enter that chose a conversation in a list or a search still repeats when the box has the focus. */
const openingGuard = 500

function meaningOfEnter(press: KeyPress, context: KeyContext): KeyMeaning {
  if (press.shiftKey || press.altKey) return 'native'
  const mod = press.ctrlKey || press.metaKey
  const sends = mod || (context.sendKey === 'enter' && !context.coarse)
  if (!sends) return 'native'
  if (press.repeat || context.sinceOpened < openingGuard) return 'block'
  return 'send'
}

export function meaningOfKey(press: KeyPress, context: KeyContext): KeyMeaning {
  // 229 without isComposing is Safari's keydown after compositionend, and every key of some Android keyboards.
  if (press.isComposing || press.keyCode === 229) return 'native'
  if (press.key === 'Enter') return context.justComposed ? 'block' : meaningOfEnter(press, context)
  if (context.justComposed) return 'native'
  const plain = !press.shiftKey && !press.ctrlKey && !press.metaKey && !press.altKey
  if (press.key === 'ArrowUp' && plain && context.empty && context.mode !== 'edit') return 'edit-last'
  if (press.key === 'Escape' && context.mode !== 'new') return 'cancel'
  return 'native'
}
