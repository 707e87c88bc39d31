/** Ms after the last scroll: long enough to be clicked. */
const shownFor = 1_600

/** The chip with the day of what is at the top, while the user scrolls (U-T2). */
export function useFloatingDay() {
  const day = ref<string>()
  let timer: ReturnType<typeof setTimeout> | undefined
  onScopeDispose(() => clearTimeout(timer))
  return {
    day: readonly(day),
    show(next: string | undefined): void {
      if (next === undefined) return
      day.value = next
      clearTimeout(timer)
      timer = setTimeout(() => {
        day.value = undefined
      }, shownFor)
    },
  }
}
