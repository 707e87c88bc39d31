import { useLateTexts } from '#parley/composables/useLateTexts.ts'
import english from '#parley/i18n/locales/en/login.json'
import chinese from '#parley/i18n/locales/zh-CN/login.json'

/** `t` for the ways in beside a password, and for what tokens may do. Heavy: not for what the chat shows first. */
export const useLoginTexts = () => useLateTexts('loginTexts', { 'en': english, 'zh-CN': chinese })
