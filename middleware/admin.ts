/** For pages of the administration: to everybody but admins they do not exist. The server checks every call by itself. */
export default defineNuxtRouteMiddleware(() => {
  const { account } = useAccountStore()
  if (account?.role !== 'admin') return abortNavigation(createError({ status: 404, statusText: 'Not Found' }))
})
