import type { FirstPaint } from '#parley/shared/first-paint.ts'

/**
 * What of a page of the chat is its viewer's own, as HTML in the order of the document. All else is a frame that is the same for every
 * page of the same `frame`, in the same language and with the same choices of the browser.
 */
export interface PageParts {
  frame: string
  html: readonly string[]
}

/** Renders the parts without the rest of the page; undefined of a page that has more of its own than these. `at` is the seq that the address names. */
export type RenderPageParts = (view: FirstPaint, at?: number) => Promise<PageParts | undefined>

declare module 'h3' {
  interface H3EventContext {
    /** From a page that was rendered whole: what renders the parts of others like it. */
    pageParts?: Promise<RenderPageParts | undefined>
  }
}
