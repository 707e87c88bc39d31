import { useDocumentVisibility, useIdle, useWindowFocus } from '@vueuse/core'

/** What every page for logged-in people does: says whether someone looks at it, and leaves when the account is no longer this one. */
export function useLoggedInPage(): void {
  const account = useAccountStore()
  const presence = usePresenceStore()
  const notices = useNoticesStore()

  // Someone who looks away is idle to others, and so is who touches nothing for five minutes.
  const visibility = useDocumentVisibility()
  const focused = useWindowFocus()
  const { idle } = useIdle(5 * 60_000)
  watch(() => visibility.value === 'visible' && focused.value && !idle.value, active => presence.setActive(active))

  // Logged out in another tab: nothing of the account is left to show here.
  watch(() => account.login.name, (name) => {
    if (name === 'out') void navigateTo('/login', { replace: true })
  })
  watch(() => notices.foreignAccount, async (foreign) => {
    if (!foreign) return
    await account.adoptServerAccount()
    reloadNuxtApp({ path: '/chat', force: true })
  })
}
