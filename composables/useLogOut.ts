/** Logs out and shows the log-in page; says so when the server could not be told, for then the login is still open. */
export function useLogOut(): { logOut: () => Promise<void> } {
  const account = useAccountStore()
  const notices = useNoticesStore()
  return {
    async logOut() {
      if (await account.logOut() === 'out') await navigateTo('/login', { replace: true })
      else notices.tell({ key: 'notice.logoutUnreachable', tone: 'warn', sticky: false })
    },
  }
}
