import { useLateTexts } from '#parley/composables/useLateTexts.ts'
import english from '#parley/i18n/locales/en/admin.json'
import chinese from '#parley/i18n/locales/zh-CN/admin.json'

/** `t` for the administration. Heavy: only for its pages and the components in them. */
export const useAdminTexts = () => useLateTexts('adminTexts', { 'en': english, 'zh-CN': chinese })
