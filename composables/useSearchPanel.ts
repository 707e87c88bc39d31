import type { InjectionKey } from 'vue'

/** Opens the search, within a conversation or everywhere. */
export const searchPanelKey: InjectionKey<(conversation?: string) => void> = Symbol('search panel')
