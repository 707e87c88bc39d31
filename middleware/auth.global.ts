import { offerRichView } from '#parley/composables/timeline/rich-view.ts'

// Here, before any component is there: a page that the server renders is taken over only once its texts can be shown with their forms.
offerRichView(() => import('#parley/components/chat/message/RichText.vue'))

/**
 * Sends people to the chat or to the log-in page. The server guards its data by itself; this only spares everyone a useless page. A page of
 * a host's own takes part by `definePageMeta({ loggedIn: true })`.
 */
export default defineNuxtRouteMiddleware(async (to) => {
  const needsLogin = to.meta.loggedIn || /^\/(?:chat|settings|admin)(?:\/|$)/.test(to.path)
  if (!needsLogin && to.path !== '/' && to.path !== '/login') return
  const account = useAccountStore()
  // Listening before there is a client: what it says once, at its start, would find nobody on a page that is still being drawn (F41).
  useNoticesStore()

  if (to.path === '/login') {
    // In the browser the server has already judged the cookie when it rendered this page.
    const state = import.meta.server ? await account.restore() : account.login
    // 'ended' stays: whose login ended comes here to log in again.
    return state.name === 'in' ? navigateTo('/chat', { replace: true }) : undefined
  }
  const state = await account.restore()
  const mayChat = state.name === 'in' || state.name === 'ended'
  if (to.path === '/') return navigateTo(mayChat ? '/chat' : '/login', { replace: true })
  if (!mayChat) return navigateTo({ path: '/login', query: to.path === '/chat' ? {} : { next: to.fullPath } }, { replace: true })
})
