import { useParley } from '#parley/server/utils/chat.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import type { Account } from '#parley/shared/model.ts'

/** Whether passwords are for admins alone: they must get in when the provider is down or set up wrongly. */
const isProviderOnly = (): boolean => useParley().logIns.settings.oidc?.only === true

/** @throws HttpRefusal 403 where people log in by the OpenID provider only */
export function demandLocalLogIn({ role }: Account): void {
  if (isProviderOnly() && role !== 'admin') throw refusal('forbidden')
}

/** Whether accounts with a password may be made here. A server without users gets its first one this way at any rate. */
export const hasLocalAccounts = async (): Promise<boolean> => !isProviderOnly() || await useParley().store.userCount() === 0

/** @throws HttpRefusal 403 */
export async function demandLocalRegistration(): Promise<void> {
  if (!await hasLocalAccounts()) throw refusal('registration_closed')
}
