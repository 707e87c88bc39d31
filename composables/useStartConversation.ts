import { inject, type InjectionKey } from 'vue'

/** How any part of the chat opens the dialog that starts a conversation; provided by the shell. */
export const startConversationKey: InjectionKey<() => void> = Symbol('start-conversation')

export function useStartConversation(): () => void {
  return inject(startConversationKey, () => {})
}
