import { useDocumentVisibility } from '@vueuse/core'

/** A title changes at most this often (ms) while its page is looked at: to write one costs as much as ten rows. */
const titleEvery = 500

/**
 * The number of unread messages for the page's title (U-R3). At once after a quiet time, in steps during a burst; in a hidden tab, where
 * the title is all that one sees and timers may wait for a minute, always at once.
 */
export function useUnreadTitle(unread: () => number): Readonly<Ref<number>> {
  const shown = ref(unread())
  const visibility = useDocumentVisibility()
  let writtenAt = -Infinity
  let timer: ReturnType<typeof setTimeout> | undefined

  function write(): void {
    clearTimeout(timer)
    timer = undefined
    writtenAt = performance.now()
    shown.value = unread()
  }

  watch([unread, visibility], () => {
    const wait = writtenAt + titleEvery - performance.now()
    if (wait <= 0 || visibility.value === 'hidden') write()
    else timer ??= setTimeout(write, wait)
  })
  onScopeDispose(() => clearTimeout(timer))
  return readonly(shown)
}
