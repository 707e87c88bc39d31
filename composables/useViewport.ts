import { useEventListener, useMediaQuery } from '@vueuse/core'
import { computed, onScopeDispose, type Ref } from 'vue'
import { useViewer } from '#parley/composables/useViewer.ts'

/**
 * Whether list and timeline stand side by side (U-L1); the same 900 px as the `panes:` breakpoint of the style sheet, which decides alone
 * until the page is alive: no server knows how wide it is.
 */
export function useTwoPanes(): Readonly<Ref<boolean>> {
  const wide = useMediaQuery('(min-width: 56.25rem)')
  const { still } = useViewer()
  return computed(() => still.value || wide.value)
}

/**
 * Keeps `--app-height` and `--app-top` at what is really visible above a soft keyboard (U-L3). `100dvh` alone does not: on iOS the
 * keyboard covers the layout viewport and scrolls it instead of shrinking it.
 */
export function useVisibleArea(): void {
  if (import.meta.server || window.visualViewport === null) return
  const viewport = window.visualViewport
  const root = document.documentElement.style
  const update = () => {
    // Pinch-zoom shrinks the visual viewport too; then the layout must stay.
    if (viewport.scale > 1.01) return
    root.setProperty('--app-height', `${viewport.height}px`)
    root.setProperty('--app-top', `${viewport.offsetTop}px`)
  }
  update()
  useEventListener(viewport, ['resize', 'scroll'], update)
  onScopeDispose(() => {
    root.removeProperty('--app-height')
    root.removeProperty('--app-top')
  })
}
