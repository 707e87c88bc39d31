import { useErrorText, type Refusal } from '#parley/composables/useErrorText.ts'
import { useSecurityTexts } from '#parley/composables/useSecurityTexts.ts'

/** Codes that mean something only here. */
const own = new Set(['code_wrong', 'step_expired', 'passkey_refused', 'passkey_limit', 'passkeys_unavailable', 'confirmation_required', 'bad_credentials'])

/** What a person reads when a call about passkeys or codes did not work. */
export function useSecurityProblem(): (refusal: Refusal) => string {
  const t = useSecurityTexts()
  const errorText = useErrorText()
  return refusal => refusal.kind === 'refused' && own.has(refusal.code) ? t(`security.problem.${refusal.code}`) : errorText(refusal)
}
