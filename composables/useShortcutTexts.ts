import { useLateTexts } from '#parley/composables/useLateTexts.ts'
import english from '#parley/i18n/locales/en/shortcuts.json'
import chinese from '#parley/i18n/locales/zh-CN/shortcuts.json'

/** `t` for the quick switcher and the help on shortcuts. Heavy: only for components that are loaded lazily. */
export const useShortcutTexts = () => useLateTexts('shortcuts', { 'en': english, 'zh-CN': chinese })
