/**
 * For whom a first view is read: a user, or whoever a log-in or a token (by its hash) is of. Whether that still counts is judged apart, at
 * the same time: so a page waits for the store once and not twice.
 */
export type FirstPaintViewer = { user: string } | { login: string } | { token: string }

/** What the first view of a page asks of the store. */
export interface FirstPaintRequest {
  viewer: FirstPaintViewer
  /** The conversation that is opened. */
  conversation?: string
  /** The seq around which its messages are wanted; absent = the last ones. */
  around?: number
  /** At most so many of the list, and of the messages. */
  conversations: number
  messages: number
}

/** Whose a first view is, and its JSON: as one text, which passes between threads as it is. */
export const firstPaintText = (user: string, view: string): string => `${user}\n${view}`

export function readFirstPaintText(text: string): { user: string, view: string } {
  const end = text.indexOf('\n')
  return { user: text.slice(0, end), view: text.slice(end + 1) }
}
