import { useLateTexts } from '#parley/composables/useLateTexts.ts'
import english from '#parley/i18n/locales/en/content.json'
import chinese from '#parley/i18n/locales/zh-CN/content.json'

/** `t` for what is in messages beside words: descriptions, tones, drafts of files. Heavy: only for components that are loaded lazily. */
export const useContentTexts = () => useLateTexts('contentTexts', { 'en': english, 'zh-CN': chinese })
