/** Ms after which a box that does not come must not swallow what is typed any longer. */
const patience = 5_000

/**
 * Keeps what is typed from now on until the search box that is about to appear, and may have to be loaded, has the focus, and puts it in
 * there: it would go to where one wrote before (U-Q1). Escape drops it.
 *
 * @returns ends it
 */
export function keepForSearch(): () => void {
  let typed = ''

  function onKeydown(event: KeyboardEvent): void {
    const { key, ctrlKey, metaKey, altKey, isComposing } = event
    if (ctrlKey || metaKey || altKey || isComposing) return
    if (key === 'Escape') end()
    else if (key === 'Backspace') typed = typed.slice(0, -1)
    else if (key.length === 1) typed += key
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  function onFocusin({ target }: FocusEvent): void {
    if (!(target instanceof HTMLInputElement) || target.type !== 'search') return
    end()
    if (typed === '') return
    target.value += typed
    target.dispatchEvent(new Event('input', { bubbles: true }))
  }
  function end(): void {
    clearTimeout(timer)
    window.removeEventListener('keydown', onKeydown, true)
    window.removeEventListener('focusin', onFocusin, true)
  }

  const timer = setTimeout(end, patience)
  window.addEventListener('keydown', onKeydown, true)
  window.addEventListener('focusin', onFocusin, true)
  return end
}
