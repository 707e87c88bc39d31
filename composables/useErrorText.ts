import type { HttpAnswer } from '#parley/client/environment.ts'
import type { HttpErrorCode } from '#parley/shared/http.ts'
import type { RejectCode } from '#parley/shared/protocol/index.ts'

/** Codes that have words of their own in the locale files, under `error`. */
const known = new Set<string>([
  'bad_request', 'unauthenticated', 'foreign_origin', 'bad_credentials', 'username_taken', 'username_invalid', 'password_weak', 'password_common',
  'registration_closed', 'setup_code_required', 'invite_required', 'account_disabled', 'too_many_requests', 'store_unavailable', 'not_found', 'forbidden',
  'too_long', 'empty', 'bad_content', 'conversation_closed',
] satisfies (HttpErrorCode | RejectCode)[])

export type Refusal = Exclude<HttpAnswer<unknown>, { kind: 'ok' }>

/** What a person reads when a call did not work, in their language (C1); codes of a newer server read as "did not work". */
export function useErrorText(): (refusal: Refusal) => string {
  const { t } = useI18n()
  return (refusal) => {
    if (refusal.kind === 'unreachable') return t('error.unreachable')
    return known.has(refusal.code) ? t(`error.${refusal.code}`) : t('error.other')
  }
}
