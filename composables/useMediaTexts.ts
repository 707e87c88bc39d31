import { useLateTexts } from '#parley/composables/useLateTexts.ts'
import english from '#parley/i18n/locales/en/media.json'
import chinese from '#parley/i18n/locales/zh-CN/media.json'

/** `t` for what shows and sends files. Heavy: only for components that are loaded lazily. */
export const useMediaTexts = () => useLateTexts('mediaTexts', { 'en': english, 'zh-CN': chinese })
