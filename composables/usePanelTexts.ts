import english from '#parley/i18n/locales/en/panels.json'
import chinese from '#parley/i18n/locales/zh-CN/panels.json'

const texts: Record<string, typeof english> = { 'en': english, 'zh-CN': chinese }

/**
 * `t` for panels that load on demand: their texts come with them instead of with the first page. Heavy: only for components that are
 * loaded lazily.
 */
export function usePanelTexts() {
  const { t, te, locale, mergeLocaleMessage } = useI18n()
  watch(locale, (current) => {
    const own = texts[current]
    // A language that is loaded anew lacks them again.
    if (own !== undefined && !te('panels.loaded')) mergeLocaleMessage(current, { ...own, panels: { loaded: '1' } })
  }, { immediate: true, flush: 'sync' })
  return t
}
