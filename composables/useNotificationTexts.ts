import { useLateTexts } from '#parley/composables/useLateTexts.ts'
import english from '#parley/i18n/locales/en/notifications.json'
import chinese from '#parley/i18n/locales/zh-CN/notifications.json'

/** `t` for notifications and their settings. Heavy: only for components that are loaded lazily. */
export const useNotificationTexts = () => useLateTexts('notificationTexts', { 'en': english, 'zh-CN': chinese })
