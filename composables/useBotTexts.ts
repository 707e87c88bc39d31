import { useLateTexts } from '#parley/composables/useLateTexts.ts'
import english from '#parley/i18n/locales/en/bots.json'
import chinese from '#parley/i18n/locales/zh-CN/bots.json'

/** `t` for webhooks and commands. Heavy: only for components that are loaded lazily. */
export const useBotTexts = () => useLateTexts('botTexts', { 'en': english, 'zh-CN': chinese })
