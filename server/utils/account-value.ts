import type { AccountResult } from '#parley/server/auth/accounts.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'

/**
 * The value of an account operation.
 *
 * @throws HttpRefusal with the status of its code
 */
export function accountValue<T>(result: AccountResult<T>): T {
  if (!result.ok) throw refusal(result.code, result.retryAfter)
  return result.value
}
