import { useErrorText } from '#parley/composables/useErrorText.ts'
import { useHttp } from '#parley/composables/useHttp.ts'
import type { HttpAnswer } from '#parley/client/environment.ts'
import type { AccountResponse, AvatarResponse, HiddenChoices } from '#parley/shared/http.ts'
import type { UserStatus } from '#parley/shared/model.ts'

export interface ProfileEdit {
  displayName?: string
  avatar?: string | null
  status?: UserStatus | null
  hides?: HiddenChoices
}

/** Codes of these calls that have words of their own. */
const own = new Set(['bad_picture', 'file_too_large', 'last_admin'])

/** Changes of one's own profile. The server tells all open pages, this one too, so nothing is changed here. */
export function useMyself() {
  const http = useHttp()
  const t = useSettingsTexts()
  const errorText = useErrorText()
  return {
    edit: (change: ProfileEdit) => http<AccountResponse>('/api/me', { method: 'PATCH', body: { ...change } }),
    upload: (picture: Blob) => http<AvatarResponse>('/api/avatars', { method: 'POST', body: picture }),
    /** What a person reads; undefined when it worked. */
    problemOf(answer: HttpAnswer<unknown>): string | undefined {
      if (answer.kind === 'ok') return undefined
      return answer.kind === 'refused' && own.has(answer.code) ? t(`settings.error.${answer.code}`) : errorText(answer)
    },
  }
}
