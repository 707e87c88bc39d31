/**
 * The text of a paste that the browser itself would lose: HTML without a plain form. Everything else is the browser's own paste, which in
 * a textarea is always text/plain (U-P8).
 */
export function pastedText(data: Pick<DataTransfer, 'types' | 'getData'> | null): string | undefined {
  if (data === null || data.types.includes('text/plain') || !data.types.includes('text/html')) return undefined
  const page = new DOMParser().parseFromString(data.getData('text/html'), 'text/html')
  page.querySelectorAll('script, style').forEach(element => element.remove())
  page.querySelectorAll('br').forEach(element => element.replaceWith('\n'))
  page.querySelectorAll('p, div, li, tr, h1, h2, h3, h4, h5, h6').forEach(element => element.append('\n'))
  return page.body.textContent.replace(/\n{3,}/g, '\n\n').trim()
}
