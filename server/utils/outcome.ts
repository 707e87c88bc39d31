import type { Outcome } from '#parley/server/chat/chat-service.ts'
import { rejection } from '#parley/server/utils/http-refusal.ts'

/**
 * The value of what the chat was asked for.
 *
 * @throws HttpRefusal with the status of its reject code
 */
export function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw rejection(outcome.code, outcome.message)
  return outcome.value
}
