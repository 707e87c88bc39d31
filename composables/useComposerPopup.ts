import type { ConversationView } from '#parley/client/types.ts'
import type { PopupTrigger } from '#parley/composables/composer/popup-trigger.ts'
import { mentionBefore, popupTrigger } from '#parley/composables/composer/popup-trigger.ts'
import { foldText } from '#parley/shared/fold.ts'

export type ChoiceKey = 'ArrowUp' | 'ArrowDown' | 'Enter'

export interface ComposerPopupOptions {
  box: () => HTMLTextAreaElement | null
  conversation: () => ConversationView
  /** A composition is under way, or ended in this very task (U-P2). */
  composes: () => boolean
  /** Moves among the choices or takes one. False when there is nothing to choose. */
  key: (name: ChoiceKey) => boolean
  /** Puts a text in place of that from `from` to the caret. */
  insert: (text: string, from: number) => void
}

/** The popups of the message box for `@` and `:` (U-P11): when one is open, and the keys that it takes from the box. */
export function useComposerPopup(options: ComposerPopupOptions) {
  const trigger = shallowRef<PopupTrigger>()
  /** Names put in by the popup: members that the conversation's summary does not list. */
  const chosen = new Set<string>()
  /** Where Esc closed one: it stays closed for this word. */
  let closedAt: number | undefined

  function look(): void {
    const box = options.box()
    const found = box === null || box.selectionStart !== box.selectionEnd ? undefined : popupTrigger(box.value, box.selectionStart)
    if (found?.start !== closedAt) closedAt = undefined
    trigger.value = closedAt === undefined ? found : undefined
  }
  function close(): void {
    closedAt = trigger.value?.start
    trigger.value = undefined
  }

  function choose(text: string): void {
    const from = trigger.value?.start
    if (trigger.value?.kind === 'mention') chosen.add(foldText(text.slice(1)))
    trigger.value = undefined
    if (from !== undefined) options.insert(`${text} `, from)
  }

  /** Selects the mention before the caret, so that the browser's own Backspace deletes it whole and can be undone. */
  function selectMention(): void {
    const box = options.box()
    if (box === null || box.selectionStart !== box.selectionEnd) return
    const known = new Set([...chosen, 'all', ...options.conversation().members.map(member => foldText(member.user.username))])
    const start = mentionBefore(box.value, box.selectionEnd, known)
    if (start !== undefined) box.setSelectionRange(start, box.selectionEnd)
  }

  /** True when the key belonged to a popup: the box must not act on it. */
  function onKeydown(event: KeyboardEvent): boolean {
    if (event.isComposing || event.keyCode === 229 || options.composes()) return false
    const plain = !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey
    if (event.key === 'Backspace' && plain) selectMention()
    if (trigger.value === undefined || !plain) return false
    if (event.key === 'Escape') close()
    else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') return options.key(event.key)
    else if (event.key === 'Enter' || event.key === 'Tab') return options.key('Enter')
    else return false
    return true
  }

  watch(() => options.conversation().id, () => {
    trigger.value = undefined
    closedAt = undefined
  })
  look()
  return { trigger, look, close, choose, onKeydown }
}
