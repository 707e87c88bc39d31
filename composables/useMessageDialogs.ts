import type { InjectionKey } from 'vue'
import type { MessageRow } from '#parley/client/types.ts'

/** About a message: any emoji to react with, conversations to send a copy to, whom it has reached. */
export interface RowDialog { kind: 'react' | 'forward' | 'delivery' | 'report', row: MessageRow }
/** A calendar, on a day (`YYYY-MM-DD`) or on today. */
export interface DayDialog { kind: 'date', day?: string }
/** A new object asks anew. */
export type MessageDialog = RowDialog | DayDialog

/** Opens a dialog that outlives the menu of its message; the page that holds the timeline shows it. */
export const messageDialogKey: InjectionKey<(dialog: MessageDialog) => void> = Symbol('message dialog')

/** Shows a message of the conversation on this page, loading around it where needed (U-S7). */
export const showMessageKey: InjectionKey<(seq: number) => void> = Symbol('show message')
