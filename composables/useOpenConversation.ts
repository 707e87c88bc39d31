import type { InjectionKey, ShallowRef } from 'vue'

/** What the page of the open conversation lets the shell's shortcuts do. */
export interface OpenConversation { toEnd: () => void, toggleDetails: () => void, focus: () => void }

/** Filled by the page of a conversation while it is shown. */
export const openConversationKey: InjectionKey<ShallowRef<OpenConversation | undefined>> = Symbol('open conversation')
