import { useLateTexts } from '#parley/composables/useLateTexts.ts'
import english from '#parley/i18n/locales/en/settings.json'
import chinese from '#parley/i18n/locales/zh-CN/settings.json'

/** `t` for the settings and what people are shown as. Heavy: only for pages and components that are loaded lazily. */
export const useSettingsTexts = () => useLateTexts('settingsTexts', { 'en': english, 'zh-CN': chinese })
