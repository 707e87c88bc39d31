export type Theme = 'system' | 'light' | 'dark'
export type SendKey = 'enter' | 'mod-enter'

const year = 365 * 24 * 3_600

/** How this browser wants to be shown. In cookies, so that the server's first byte is in the right theme and no script has to run first. */
export const usePreferencesStore = defineStore('preferences', () => {
  const options = { maxAge: year, sameSite: 'lax', path: '/' } as const
  const themeCookie = useCookie<Theme | undefined>('parley-theme', options)
  const sendKeyCookie = useCookie<SendKey | undefined>('parley-send-key', options)

  const theme = computed<Theme>(() => themeCookie.value === 'light' || themeCookie.value === 'dark' ? themeCookie.value : 'system')
  const sendKey = computed<SendKey>(() => sendKeyCookie.value === 'mod-enter' ? 'mod-enter' : 'enter')

  return {
    theme,
    sendKey,
    setTheme: (next: Theme) => { themeCookie.value = next },
    setSendKey: (next: SendKey) => { sendKeyCookie.value = next },
  }
})
