import type { KeyContext, KeyMeaning, SendKey } from '#parley/composables/composer/keys.ts'
import { meaningOfKey } from '#parley/composables/composer/keys.ts'

export interface ComposerKeysOptions {
  sendKey: () => SendKey
  empty: () => boolean
  mode: () => KeyContext['mode']
  /** Anything whose change means that another conversation was opened. */
  conversation: () => string
  act: (meaning: Exclude<KeyMeaning, 'native' | 'block'>) => void
}

/** Keys of the message box, safe for input methods: decided on keydown, never on keyup (U-P1, U-P2, U-P3). */
export function useComposerKeys(options: ComposerKeysOptions) {
  const composing = ref(false)
  const coarse = ref(false)
  let justComposed = false
  let openedAt = performance.now()
  let timer: ReturnType<typeof setTimeout> | undefined

  watch(options.conversation, () => {
    openedAt = performance.now()
  })
  onMounted(() => {
    const query = window.matchMedia('(pointer: coarse)')
    const look = (): void => {
      coarse.value = query.matches
    }
    look()
    query.addEventListener('change', look)
    onBeforeUnmount(() => query.removeEventListener('change', look))
  })
  onBeforeUnmount(() => clearTimeout(timer))

  function onCompositionStart(): void {
    composing.value = true
  }
  function onCompositionEnd(): void {
    composing.value = false
    justComposed = true
    clearTimeout(timer)
    // The task that follows: Safari's keydown for the same press comes within this one.
    timer = setTimeout(() => {
      justComposed = false
    }, 0)
  }

  function onKeydown(event: KeyboardEvent): void {
    const meaning = meaningOfKey(event, {
      sendKey: options.sendKey(),
      coarse: coarse.value,
      justComposed,
      sinceOpened: performance.now() - openedAt,
      empty: options.empty(),
      mode: options.mode(),
    })
    if (meaning === 'native') return
    event.preventDefault()
    if (meaning !== 'block') options.act(meaning)
  }

  return { composing: readonly(composing), justComposed: () => justComposed, onKeydown, onCompositionStart, onCompositionEnd }
}
