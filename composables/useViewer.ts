import { onMounted, ref, type Ref } from 'vue'
import type { FirstPaint } from '#parley/shared/first-paint.ts'

/** What the server took for the viewer's time and zone. Both hold until the page is alive: what it wrote must be found as it is. */
export interface Viewer {
  /** Undefined: this browser's own. */
  zone: Readonly<Ref<string | undefined>>
  /** The wall clock when the page was made, ms; a page that was not rendered by a server begins now. */
  now: number
  /** Whether the page is still as the server wrote it. */
  still: Readonly<Ref<boolean>>
}

/** What the page came with, while it is taken over; undefined later, and of pages that no server rendered. */
export function useFirstPaint(): FirstPaint | undefined {
  const { $firstPaint, isHydrating } = useNuxtApp() as { $firstPaint?: FirstPaint, isHydrating?: boolean }
  return import.meta.server || isHydrating === true ? $firstPaint : undefined
}

/** Of pages that no server rendered, and in tests. */
const alone = (): Viewer => ({ zone: ref(undefined), now: Date.now(), still: ref(false) })

/** For components: whose eyes the times are written for. */
export function useViewer(): Viewer {
  const firstPaint = useFirstPaint()
  if (firstPaint === undefined) return alone()
  const zone = ref<string | undefined>(firstPaint.zone ?? 'UTC')
  const still = ref(true)
  onMounted(() => {
    still.value = false
    if (zone.value !== new Intl.DateTimeFormat().resolvedOptions().timeZone) zone.value = undefined
  })
  return { zone, still, now: firstPaint.at }
}
