import { useParley } from '#parley/server/utils/chat.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'

/**
 * Takes one call out of what a user may ask for (L4, X32).
 *
 * @throws HttpRefusal 429 with `Retry-After`
 */
export function spend(kind: 'ops' | 'tickets' | 'lookups' | 'pictures' | 'exports', user: string): void {
  const wait = useParley().limits?.[kind].take(user) ?? 0
  if (wait > 0) throw refusal('too_many_requests', wait)
}
