import type { ShallowRef } from 'vue'
import type { ConversationView } from '#parley/client/types.ts'
import type { PopupTrigger } from '#parley/composables/composer/popup-trigger.ts'
import { mentionBefore, popupTrigger } from '#parley/composables/composer/popup-trigger.ts'
import { foldText } from '#parley/shared/fold.ts'

/** What the popup's component can do with a key. */
export interface PopupView {
  /** True when it used the key; false when it shows nothing to choose. */
  key: (name: 'ArrowUp' | 'ArrowDown' | 'Enter') => boolean
}

export interface ComposerPopupOptions {
  box: Readonly<ShallowRef<HTMLTextAreaElement | null>>
  popup: Readonly<ShallowRef<PopupView | null>>
  conversation: () => ConversationView
  /** A composition is under way, or ended in this very task (U-P2). */
  composing: () => boolean
  change: (text: string) => void
}

/** The popups of the message box for `@` and `:` (U-P11): when one is open, and the keys that it takes from the box. */
export function useComposerPopup(options: ComposerPopupOptions) {
  const trigger = shallowRef<PopupTrigger>()
  /** Names put in by the popup: members that the conversation's summary does not list. */
  const chosen = new Set<string>()
  /** Where Esc closed one: it stays closed for this word. */
  let closedAt: number | undefined

  function look(): void {
    const box = options.box.value
    const found = box === null || box.selectionStart !== box.selectionEnd ? undefined : popupTrigger(box.value, box.selectionStart)
    if (found?.start !== closedAt) closedAt = undefined
    trigger.value = closedAt === undefined ? found : undefined
  }
  function close(): void {
    closedAt = trigger.value?.start
    trigger.value = undefined
  }

  /** Puts a text in place of the caret or of what was typed for the popup. */
  function insert(text: string): void {
    const box = options.box.value
    if (box === null) return
    const from = trigger.value?.start ?? box.selectionStart
    trigger.value = undefined
    box.focus({ preventScroll: true })
    box.setRangeText(text, from, box.selectionEnd, 'end')
    options.change(box.value)
  }
  function choose(text: string): void {
    if (trigger.value?.kind === 'mention') chosen.add(foldText(text.slice(1)))
    insert(`${text} `)
  }

  /** Selects the mention before the caret, so that the browser's own Backspace deletes it whole and can be undone. */
  function selectMention(): void {
    const box = options.box.value
    if (box === null || box.selectionStart !== box.selectionEnd) return
    const known = new Set([...chosen, 'all', ...options.conversation().members.map(member => foldText(member.user.username))])
    const start = mentionBefore(box.value, box.selectionEnd, known)
    if (start !== undefined) box.setSelectionRange(start, box.selectionEnd)
  }

  /** True when the key belonged to a popup: the box must not act on it. */
  function onKeydown(event: KeyboardEvent): boolean {
    if (event.isComposing || event.keyCode === 229 || options.composing()) return false
    const plain = !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey
    if (event.key === 'Backspace' && plain) selectMention()
    if (trigger.value === undefined || !plain) return false
    if (event.key === 'Escape') close()
    else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') return options.popup.value?.key(event.key) ?? false
    else if (event.key === 'Enter' || event.key === 'Tab') return options.popup.value?.key('Enter') ?? false
    else return false
    return true
  }

  watch(() => options.conversation().id, () => {
    trigger.value = undefined
  })
  return { trigger, look, close, choose, insert, onKeydown }
}
