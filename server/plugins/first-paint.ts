import { useParley } from '#parley/server/utils/chat.ts'
import { inElement, learnPage } from '#parley/server/utils/page-assembly.ts'
import { firstPaintElement } from '#parley/shared/first-paint.ts'

/**
 * Shows the message that a page opens at, where CSS cannot: browsers without `scroll-initial-target`. In the page and not in a file, since
 * it must run before the first paint; 0.3 = the place of the box `.landing` of the timeline. Under the page's policy by its nonce.
 */
const landing = `<script>{const item=document.querySelector('[data-opening="true"]'),box=item?.closest('.still');`
  + `if(box&&!CSS.supports('scroll-initial-target','nearest'))box.scrollTop+=item.getBoundingClientRect().top-box.getBoundingClientRect().top-.3*box.clientHeight}</script>`

/**
 * Nothing is painted until the view is there as a whole. A browser that is slow, or has a slow line, would else paint the rows that it has so
 * far, at the end of which the page begins, and move them with each further one. Browsers that do not know the word still do.
 */
const whole = `<link rel="expect" href="#${firstPaintElement}" blocking="render">`

/**
 * Takes a first view through the page. Not in Nuxt's own payload: walking through some thousand values costs more than all the rest of
 * it. As data it runs under any content security policy.
 */
export default defineNitroPlugin((nitroApp) => {
  nitroApp.hooks.hook('render:before', (context) => {
    const { event, render } = context
    if (event.context.firstPaint === undefined) return
    context.render = async (page) => {
      try {
        return await render(page)
      }
      catch (error) {
        useParley().log.error('a page could not be rendered; the browser does it', { route: event.path.split('?')[0], error })
        delete event.context.firstPaint
        event.context.nuxt = { ...event.context.nuxt, noSSR: true }
        return render(page)
      }
    }
  })
  nitroApp.hooks.hook('render:html', (html, { event }) => {
    const json = event.context.firstPaint
    if (json === undefined) return
    html.head.unshift(whole)
    html.bodyAppend.unshift(landing, `<script type="application/json" id="${firstPaintElement}">${inElement(json)}</script>`)
  })
  nitroApp.hooks.hook('render:response', async ({ body }, { event }) => {
    if (event.context.pageLesson !== undefined && typeof body === 'string') await learnPage(event, body).catch((error: unknown) => useParley().log.warn('no page was learned from', { error }))
  })
})
