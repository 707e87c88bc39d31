/** Runs once the page has nothing better to do, or after a few seconds. Call in a component's set-up. */
export function useWhenIdle(task: () => void): void {
  onMounted(() => {
    if ('requestIdleCallback' in window) requestIdleCallback(task, { timeout: 5_000 })
    else task()
  })
}
