import { useLateTexts } from '#parley/composables/useLateTexts.ts'
import english from '#parley/i18n/locales/en/panels.json'
import chinese from '#parley/i18n/locales/zh-CN/panels.json'

/** `t` for panels that load on demand. Heavy: only for components that are loaded lazily. */
export const usePanelTexts = () => useLateTexts('panels', { 'en': english, 'zh-CN': chinese })
