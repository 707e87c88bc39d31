import { useLateTexts } from '#parley/composables/useLateTexts.ts'
import english from '#parley/i18n/locales/en/reading.json'
import chinese from '#parley/i18n/locales/zh-CN/reading.json'

/** `t` for what reading needs on demand: delivery, dates, pins. Heavy: only for components that are loaded lazily. */
export const useReadingTexts = () => useLateTexts('readingTexts', { 'en': english, 'zh-CN': chinese })
