import { useLateTexts } from '#parley/composables/useLateTexts.ts'
import english from '#parley/i18n/locales/en/moderation.json'
import chinese from '#parley/i18n/locales/zh-CN/moderation.json'

/** `t` for reports, bans and mutes. Heavy: only for components that are loaded lazily. */
export const useModerationTexts = () => useLateTexts('moderationTexts', { 'en': english, 'zh-CN': chinese })
