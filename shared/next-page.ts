/** Where a log-in leads when nothing else was asked for. */
const home = '/chat'

/**
 * The page that a log-in leads to: only pages of ours, since an address from outside must not decide it.
 *
 * @param next what stands in the query of the log-in page
 */
export function nextPage(next: unknown): string {
  if (typeof next !== 'string' || next.length > 1_024) return home
  return /^\/(?:chat|invite|settings|admin)\/[^/\\\s]\S*$/.test(next) && !/[\p{Cc}\\]/u.test(next) ? next : home
}
