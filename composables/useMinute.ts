import { onScopeDispose, readonly, ref, type Ref } from 'vue'

/** Wall-clock ms, renewed at every full minute: often enough for "14:32" and "5 minutes ago", and for midnight to turn today into yesterday. */
export function useMinute(): Readonly<Ref<number>> {
  const now = ref(Date.now())
  let timer: ReturnType<typeof setTimeout>
  function arm(): void {
    timer = setTimeout(() => {
      now.value = Date.now()
      arm()
    }, 60_000 - Date.now() % 60_000)
  }
  arm()
  onScopeDispose(() => clearTimeout(timer))
  return readonly(now)
}
