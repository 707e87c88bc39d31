import english from '#parley/i18n/locales/en/conversations.json'
import chinese from '#parley/i18n/locales/zh-CN/conversations.json'
import { useLateTexts } from '#parley/composables/useLateTexts.ts'

/** `t` for dialogs, details and menus of conversations, and for invites: their texts load with them. */
export const useConversationTexts = () => useLateTexts('conversations', { 'en': english, 'zh-CN': chinese })
