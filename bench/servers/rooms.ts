import { createHmac } from 'node:crypto'
import { textAt } from '#parley/bench/load/texts.ts'
import { cidPattern } from '#parley/shared/cid.ts'

/** What the control servers share: users, rooms, and the checks that any chat server makes before it believes a client. */

export interface RoomPlan { users: number, roomSize: number, missed: number }

const secret = 'the same for server and generator'

/** A token that its server can check without a table, as a signed one would be. */
export const tokenOf = (user: number): string => `${user}.${createHmac('sha256', secret).update(String(user)).digest('base64url')}`

/** The user behind a token; undefined: forged. */
export function userOfToken(token: string): number | undefined {
  const user = Number(token.slice(0, token.indexOf('.')))
  return Number.isSafeInteger(user) && tokenOf(user) === token ? user : undefined
}

export const roomOfUser = (user: number, { roomSize }: Pick<RoomPlan, 'roomSize'>): number => Math.floor(user / roomSize)
export const roomName = (room: number): string => `room-${String(room).padStart(8, '0')}-0000-0000-0000-000000000000`.slice(0, 36)
export const userName = (user: number): string => `user-${String(user).padStart(8, '0')}-0000-0000-0000-000000000000`.slice(0, 36)

export interface SendFrame { type: 'send', cid: string, conversation: string, content: { type: 'text', text: string } }

export interface StoredEvent { seq: number, kind: 'message', cid: string, sender: string, at: number, content: { type: 'text', text: string } }

/** Form, length and membership, as S8 and T6 ask; undefined: not to be accepted. */
export function checkSend(value: unknown, room: string): SendFrame | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { type, cid, conversation, content } = value as Partial<SendFrame>
  if (type !== 'send' || typeof cid !== 'string' || !cidPattern.test(cid) || conversation !== room) return undefined
  if (content?.type !== 'text' || typeof content.text !== 'string' || content.text.length === 0 || content.text.length > 8000) return undefined
  return { type, cid, conversation, content: { type: 'text', text: content.text } }
}

export const eventJson = (conversation: string, event: StoredEvent): string => JSON.stringify({ type: 'event', conversation, event })
export const ackJson = (conversation: string, { cid, seq, at }: StoredEvent): string => JSON.stringify({ type: 'ack', cid, conversation, seq, at })

/** Messages that were sent while everybody was away. */
export function missedEvents(room: number, { missed, roomSize }: RoomPlan): StoredEvent[] {
  return Array.from({ length: missed }, (_, index) => ({
    seq: index + 1, kind: 'message', cid: `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`, sender: userName(room * roomSize), at: 1, content: { type: 'text', text: textAt(index) },
  }))
}

export const welcomeOf = (room: string, head: number) => ({ type: 'welcome', protocol: 1, heads: { [room]: [head, 0, null] }, serverTime: Date.now() })
