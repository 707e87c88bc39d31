/** Runs once the page has nothing better to do, or after a few seconds. Call in a component's set-up. */
export function useWhenIdle(task: () => void): void {
  onMounted(() => {
    if ('requestIdleCallback' in window) requestIdleCallback(task, { timeout: 5_000 })
    else task()
  })
}

/**
 * Whether that has come. What a page loads on demand waits for it: a part that is still on its way when the page is made would hold the whole
 * page back (Suspense), and the focus would go to one that is not shown yet.
 */
export function useSettled(): Readonly<Ref<boolean>> {
  const settled = ref(false)
  useWhenIdle(() => {
    settled.value = true
  })
  return settled
}
