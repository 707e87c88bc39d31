import { apiTokenHash, isApiToken } from '#parley/server/auth/api-tokens.ts'
import type { Caller, Credentials } from '#parley/server/auth/authenticator.ts'
import type { FirstPaintViewer } from '#parley/server/chat/first-paint-port.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { HttpRefusal } from '#parley/server/utils/http-refusal.ts'
import { credentialsOf, requireCaller } from '#parley/server/utils/require-account.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'
import { zoneCookie } from '#parley/shared/first-paint.ts'
import type { FirstPaint } from '#parley/shared/first-paint.ts'

/** What an address of the chat names. */
export interface ChatAddress { conversation?: string, around?: number }

/** The conversation and the message of an address of the chat; undefined for all other pages. */
export function chatAddress(path: string): ChatAddress | undefined {
  const { pathname, searchParams } = new URL(path, 'http://page')
  const id = /^\/chat(?:\/([^/]+))?\/?$/.exec(pathname)
  if (id === null) return undefined
  const at = Number(searchParams.get('at') ?? Number.NaN)
  return { ...(id[1] === undefined ? {} : { conversation: id[1] }), ...(Number.isSafeInteger(at) && at > 0 ? { around: at } : {}) }
}

/** Zones that were found to be there: to ask costs a tenth of a millisecond, and there are some hundreds. */
const zones = new Set<string>()

/** The name of a zone that this server knows too; what a cookie says may be anything. */
function knownZone(zone: string | undefined): string | undefined {
  if (zone === undefined || zone === '' || zones.has(zone)) return zone || undefined
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
  }
  catch {
    return undefined
  }
  if (zones.size < 1_000) zones.add(zone)
  return zone
}

/** Who asks for a page: undefined when nobody is logged in. What else goes wrong is thrown. */
async function callerOf(event: RequestEvent, credentials: Credentials): Promise<Caller | undefined> {
  try {
    return await requireCaller(event, credentials)
  }
  catch (error) {
    if (error instanceof HttpRefusal && error.status === 401) return undefined
    throw error
  }
}

/** For whom a view can be read before it is known who that is. */
function viewerOf({ bearer, login }: Credentials): FirstPaintViewer | undefined {
  if (bearer !== undefined) return isApiToken(bearer) ? { token: apiTokenHash(bearer) } : undefined
  return login === undefined ? undefined : { login }
}

/** What became of the attempt: who is not logged in sees nothing of the chat; `shell` = the page is left to the browser. */
export type PaintOutcome = { kind: 'painted', json: string } | { kind: 'signed-out' } | { kind: 'shell' }

/** Reads what a page shows first: JSON of a `FirstPaint`. */
export async function readFirstPaint(event: RequestEvent, address: ChatAddress): Promise<PaintOutcome> {
  const { chat } = useParley()
  const credentials = await credentialsOf(event)
  const viewer = viewerOf(credentials)
  // Both in one turn, so in one call to the thread that reads. Nothing of the view is looked at before it is certain who asks.
  const reading = viewer && chat.firstPaint(viewer, address)
  reading?.catch(() => undefined)
  const caller = await callerOf(event, credentials)
  if (caller === undefined) return { kind: 'signed-out' }
  const early = await reading
  const read = viewer === undefined ? await chat.firstPaint({ user: caller.account.id }, address) : early?.user === caller.account.id ? early : undefined
  // A stranger's conversation, or a newcomer who has none: what those are shown depends on their device.
  if (read === undefined || read.view.startsWith('{"conversations":[]')) return { kind: 'shell' }
  const zone = knownZone(getCookie(event, zoneCookie))
  const about: Omit<FirstPaint, 'conversations' | 'users' | 'page'> = {
    epoch: read.epoch, account: caller.account, at: Date.now(), ...(zone === undefined ? {} : { zone }), ...(address.conversation === undefined ? {} : { opened: address.conversation }),
  }
  return { kind: 'painted', json: `${JSON.stringify(about).slice(0, -1)},${read.view.slice(1)}` }
}
