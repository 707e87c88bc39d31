import { onBeforeUnmount, onMounted, readonly, ref, type Ref } from 'vue'
import { useViewer } from '#parley/composables/useViewer.ts'

/** Wall-clock ms, renewed at every full minute: often enough for "14:32" and "5 minutes ago", and for midnight to turn today into yesterday. */
export function useMinute(): Readonly<Ref<number>> {
  const now = ref(useViewer().now)
  let timer: ReturnType<typeof setTimeout>
  function arm(): void {
    now.value = Date.now()
    timer = setTimeout(arm, 60_000 - Date.now() % 60_000)
  }
  onMounted(arm)
  onBeforeUnmount(() => clearTimeout(timer))
  return readonly(now)
}
