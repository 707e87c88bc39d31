import type { RequestEvent } from '#parley/server/utils/request-event.ts'
import { fromSharedDevice } from '#parley/server/utils/session-cookie.ts'

/** How a browser may keep a file of a conversation or a person, which never changes; a shared computer's may not (X33). */
export const fileCaching = (event: RequestEvent): string => fromSharedDevice(event) ? 'private, no-store' : 'private, max-age=31536000, immutable'
