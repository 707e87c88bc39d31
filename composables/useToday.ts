import { createDayOf } from '#parley/composables/timeline/days.ts'

/** The viewer's day now, `YYYY-MM-DD`; rolls over at midnight without a reload, also after the machine slept through it (U-T2). */
export function useToday() {
  const dayOf = createDayOf()
  const today = ref(dayOf(Date.now()))
  let timer: ReturnType<typeof setTimeout> | undefined

  function look(): void {
    const now = new Date()
    today.value = dayOf(now.getTime())
    if (timer !== undefined) clearTimeout(timer)
    const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1)
    timer = setTimeout(look, midnight.getTime() - now.getTime() + 50)
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
  return { today: readonly(today), dayOf }
}
