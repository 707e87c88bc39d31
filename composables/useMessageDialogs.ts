import type { InjectionKey } from 'vue'
import type { MessageRow } from '#parley/client/types.ts'

/** A dialog about a message: any emoji to react with, or conversations to send a copy to. A new object asks anew. */
export interface MessageDialog { kind: 'react' | 'forward', row: MessageRow }

/** Opens a dialog that outlives the menu of its message; the page that holds the timeline shows it. */
export const messageDialogKey: InjectionKey<(dialog: MessageDialog) => void> = Symbol('message dialog')
