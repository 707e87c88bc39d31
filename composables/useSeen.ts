import type { SeenTrackerOptions } from '#parley/composables/timeline/seen-tracker.ts'
import { SeenTracker } from '#parley/composables/timeline/seen-tracker.ts'

/** Marks what the user has seen, in a component: attention is a visible page in a focused window (U-R1). */
export function useSeen(options: SeenTrackerOptions) {
  const tracker = new SeenTracker(options)
  const attentive = ref(false)

  function attend(): void {
    attentive.value = document.visibilityState === 'visible' && document.hasFocus()
    tracker.attend(attentive.value)
  }
  const signals = [[document, 'visibilitychange'], [window, 'focus'], [window, 'blur'], [window, 'pageshow']] as const
  onMounted(() => {
    for (const [target, name] of signals) target.addEventListener(name, attend)
    attend()
  })
  onBeforeUnmount(() => {
    for (const [target, name] of signals) target.removeEventListener(name, attend)
    tracker.dispose()
  })
  return { tracker, attentive: readonly(attentive) }
}
