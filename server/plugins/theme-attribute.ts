/**
 * Puts the chosen theme on <html> of pages that are rendered in the browser only, so that their first paint is in it already. Done
 * here and not by an inline script, which a strict content security policy forbids.
 */
export default defineNitroPlugin((nitroApp) => {
  nitroApp.hooks.hook('render:html', (html, { event }) => {
    const theme = getCookie(event, 'parley-theme')
    if (theme !== 'light' && theme !== 'dark') return
    if (!html.htmlAttrs.some(attribute => attribute.includes('data-theme'))) html.htmlAttrs.push(`data-theme="${theme}"`)
  })
})
