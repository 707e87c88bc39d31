import type { RequestEvent } from '#parley/server/utils/request-event.ts'

/** The token of `Authorization: Bearer`; undefined for any other scheme. */
export function bearerToken(event: RequestEvent): string | undefined {
  const [scheme = '', token] = (getRequestHeader(event, 'authorization') ?? '').split(' ')
  return scheme.toLowerCase() === 'bearer' && token !== undefined && token !== '' ? token : undefined
}
