/** What the first view of a page asks of the store. */
export interface FirstPaintRequest {
  user: string
  /** The conversation that is opened. */
  conversation?: string
  /** The seq around which its messages are wanted; absent = the last ones. */
  around?: number
  /** At most so many of the list, and of the messages. */
  conversations: number
  messages: number
}
