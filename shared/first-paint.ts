import type { Account, ConversationSummary, UserSummary } from '#parley/shared/model.ts'
import type { HistoryResponse } from '#parley/shared/http.ts'

declare module 'h3' {
  interface H3EventContext {
    /** JSON of a `FirstPaint`. */
    firstPaint?: string
  }
}

/** What the store gives of it, read in one snapshot. */
export interface FirstPaintView {
  /** The top of the list, and the opened one. Their members are cut short, but for those of the opened one. */
  conversations: ConversationSummary[]
  /** People whom the view names and none of its members lists name. */
  users: UserSummary[]
  /** The last messages of the opened conversation, or those around the one that the address names. */
  page?: Omit<HistoryResponse, 'epoch'>
}

/**
 * What a page of the chat comes with, so that it can be read before any script has run: a snapshot for one viewer, which server and browser
 * render alike. The device may know more; see `client/first-paint.ts`.
 */
export interface FirstPaint extends FirstPaintView {
  /** Of which history its numbers are (W4). */
  epoch: string
  account: Account
  /** Server time at which it was read, ms. */
  at: number
  /** IANA name of the zone in which the server wrote its times; absent when this browser has not told one yet. */
  zone?: string
  /** The conversation of `page`. */
  opened?: string
}

/** Id of the element that carries it, as JSON, through the page. */
export const firstPaintElement = 'parley-first-paint'

/** Cookie with the zone of the viewer, so that the server can write times. */
export const zoneCookie = 'parley-zone'
