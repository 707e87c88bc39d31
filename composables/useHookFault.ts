import { useBotTexts } from '#parley/composables/useBotTexts.ts'

/** Why a webhook did not answer, in words: the server tells a status, `timeout`, or the system's own code. */
export function useHookFault(): (fault: string) => string {
  const t = useBotTexts()
  return (fault) => {
    if (/^\d{3}$/.test(fault)) return t('hooks.faultStatus', { status: fault })
    if (fault === 'timeout') return t('hooks.faultTimeout')
    return t('hooks.faultOther', { fault })
  }
}
