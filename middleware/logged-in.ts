/**
 * For pages of a host's own that use the chat: `definePageMeta({ middleware: 'logged-in' })`. Whoever is logged in is connected, and
 * everybody else logs in first. The pages of Parley itself have it from `auth.global.ts`.
 */
export default defineNuxtRouteMiddleware(async (to) => {
  useNoticesStore()
  const { name } = await useAccountStore().restore()
  if (name !== 'in' && name !== 'ended') return navigateTo({ path: '/login', query: { next: to.fullPath } }, { replace: true })
})
