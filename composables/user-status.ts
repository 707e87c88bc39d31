import type { UserSummary } from '#parley/shared/model.ts'

/** What somebody says of themselves, in one line; empty when nothing, or no longer. */
export function statusText(user: UserSummary | undefined, now: number): string {
  const { status } = user ?? {}
  if (status === undefined || (status.until !== undefined && status.until <= now)) return ''
  return [status.emoji, status.text].filter(part => part !== undefined).join(' ')
}
