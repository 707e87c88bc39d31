import { useEventListener } from '@vueuse/core'
import { platformOf } from '#parley/composables/shortcuts/key-names.ts'
import { meaningOfShortcut } from '#parley/composables/shortcuts/registry.ts'
import type { ShortcutContext, ShortcutId } from '#parley/composables/shortcuts/registry.ts'

/** Whatever lies over the page and has keys of its own. */
const layers = '[role="dialog"]:not([data-state="closed"]), [role="alertdialog"]:not([data-state="closed"]), [role="menu"]:not([data-state="closed"]), dialog[open]'

function focusOf(target: EventTarget | null): ShortcutContext['focus'] {
  if (!(target instanceof HTMLElement)) return 'page'
  if (target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && /^(date|time|month|week|datetime-local)$/.test(target.type))) return 'choice'
  if (target instanceof HTMLTextAreaElement && target.dataset.testid === 'composer') return 'composer'
  return target.matches('input, textarea, [contenteditable]') ? 'field' : 'page'
}

/** A layer that closed on this very press may be gone already; the press came from within it. */
const isCovered = (target: EventTarget | null): boolean => document.querySelector(layers) !== null || (target instanceof Element && target.closest(layers) !== null)

/** The one listener for all shortcuts (U-A3). What a part of the page took for itself, or does not let through, is not ours. */
export function useShortcuts(options: { conversation: () => boolean, act: (id: ShortcutId) => void }) {
  const platform = platformOf(navigator)
  useEventListener(window, 'keydown', (event: KeyboardEvent) => {
    if (event.defaultPrevented) return
    const meaning = meaningOfShortcut(event, { platform, covered: isCovered(event.target), focus: focusOf(event.target), conversation: options.conversation() })
    if (meaning === undefined) return
    event.preventDefault()
    if (meaning !== 'block') options.act(meaning)
  })
  return { platform }
}
