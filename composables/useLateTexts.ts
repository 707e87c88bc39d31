/**
 * `t` for parts that load on demand: their texts come with them instead of with the first page.
 *
 * @param name says in the messages that these texts are there
 */
export function useLateTexts(name: string, texts: Record<string, object>) {
  const { t, te, locale, mergeLocaleMessage } = useI18n()
  watch(locale, (current) => {
    const own = texts[current]
    // A language that is loaded anew lacks them again.
    if (own !== undefined && !te(`${name}.loaded`)) mergeLocaleMessage(current, { ...own, [name]: { loaded: '1' } })
  }, { immediate: true, flush: 'sync' })
  return t
}
