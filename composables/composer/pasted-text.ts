/** The text of HTML that was pasted without a plain form; everything else is the browser's own paste (U-P8). Loaded when it is wanted. */
export function textOfHtml(html: string): string {
  const page = new DOMParser().parseFromString(html, 'text/html')
  page.querySelectorAll('script, style').forEach(element => element.remove())
  page.querySelectorAll('br').forEach(element => element.replaceWith('\n'))
  page.querySelectorAll('p, div, li, tr, h1, h2, h3, h4, h5, h6').forEach(element => element.append('\n'))
  return page.body.textContent.replace(/\n{3,}/g, '\n\n').trim()
}
