import type { InjectionKey } from 'vue'
import type { MessageRow } from '#parley/client/types.ts'

/** Dialogs about a message that outlive its menu; the page that holds the timeline shows them. */
export interface MessageDialogs {
  /** Chooses any emoji to react with. */
  react: (row: MessageRow) => void
  /** Chooses conversations to send a copy to. */
  forward: (row: MessageRow) => void
}

export const messageDialogs: InjectionKey<MessageDialogs> = Symbol('message dialogs')
