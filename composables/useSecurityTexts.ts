import { useLateTexts } from '#parley/composables/useLateTexts.ts'
import english from '#parley/i18n/locales/en/security.json'
import chinese from '#parley/i18n/locales/zh-CN/security.json'

/** `t` for passkeys, codes and the strength of passwords. Heavy: only for components that are loaded lazily. */
export const useSecurityTexts = () => useLateTexts('securityTexts', { 'en': english, 'zh-CN': chinese })
