import { dayOfZone } from '#parley/composables/timeline/days.ts'
import { useViewer } from '#parley/composables/useViewer.ts'

/** The viewer's day now, `YYYY-MM-DD`; rolls over at midnight without a reload, also after the machine slept through it (U-T2). */
export function useToday() {
  const { zone, now: begun } = useViewer()
  const dayOf = computed(() => dayOfZone(zone.value))
  const now = ref(begun)
  let timer: ReturnType<typeof setTimeout> | undefined

  function look(): void {
    const at = new Date()
    now.value = at.getTime()
    if (timer !== undefined) clearTimeout(timer)
    const midnight = new Date(at.getFullYear(), at.getMonth(), at.getDate() + 1)
    timer = setTimeout(look, midnight.getTime() - at.getTime() + 50)
  }
  onMounted(() => {
    look()
    document.addEventListener('visibilitychange', look)
    window.addEventListener('focus', look)
  })
  onBeforeUnmount(() => {
    if (timer !== undefined) clearTimeout(timer)
    document.removeEventListener('visibilitychange', look)
    window.removeEventListener('focus', look)
  })
  return { today: computed(() => dayOf.value(now.value)), dayOf }
}
