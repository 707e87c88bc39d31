import type { Caller } from '#parley/server/auth/authenticator.ts'
import { timing } from '#parley/server/auth/second-factor-limits.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { sourceOf } from '#parley/server/utils/client-facts.ts'
import { HttpRefusal, refusal } from '#parley/server/utils/http-refusal.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'

/**
 * How one logs in is nothing that a token may change: one that leaked must end when it is revoked. Nor a guest, who has no way to log in.
 *
 * @throws HttpRefusal 403 `forbidden`
 */
export function refuseTokens({ via, account }: Caller): void {
  if (via === 'bearer' || account.guest === true) throw refusal('forbidden')
}

/**
 * Asks for the password of who is logged in.
 *
 * @throws HttpRefusal 403 `bad_credentials`, not 401, which a client takes for a log-out; 429
 */
export async function confirmPassword(event: RequestEvent, { account }: Caller, password: string): Promise<void> {
  const checked = await useParley().accounts.confirm(account.id, password, sourceOf(event))
  if (!checked.ok) throw checked.code === 'bad_credentials' ? new HttpRefusal(403, checked.code, 'wrong password') : refusal(checked.code, checked.retryAfter)
}

/**
 * Before something is added by which one can log in: a browser that somebody left open must not become theirs for good. A log-in of the
 * last minutes stands for the password, for those who have none.
 *
 * @throws HttpRefusal 403 `confirmation_required`, `bad_credentials`; 429
 */
export async function confirmIdentity(event: RequestEvent, caller: Caller, password: string | undefined): Promise<void> {
  if (password !== undefined) return confirmPassword(event, caller, password)
  const found = await useParley().store.login(caller.login, Date.now())
  if (found === undefined || Date.now() - found.login.createdAt > timing.freshLogIn) throw refusal('confirmation_required')
}
