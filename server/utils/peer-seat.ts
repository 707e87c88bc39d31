import type { Peer } from 'crossws'
import type { Seat } from '#parley/server/auth/admission.ts'
import { mayUse } from '#parley/server/auth/rights.ts'
import { cappedAddress, clientFacts } from '#parley/server/auth/client-address.ts'
import type { SessionHandle } from '#parley/server/chat/chat-service.ts'
import type { ServerSocket } from '#parley/server/chat/ports.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { peerSocket } from '#parley/server/utils/peer-socket.ts'
import { closeCodes, closeReasons } from '#parley/shared/protocol/index.ts'

/** What the upgrade hook decided travels to the open socket in the adapter's context, under a key of our own. */
const seatKey = 'parleySeat'

export const rememberSeat = (seat: Seat): Record<string, unknown> => ({ [seatKey]: seat })

/** Only `upgrade` writes this key, so the value is what it put there. */
const seatOf = (peer: Peer): Seat | undefined => peer.context[seatKey] as Seat | undefined

function refuse(socket: ServerSocket, code: number): undefined {
  socket.close(code, closeReasons[code] ?? '')
}

/**
 * Gives an open socket its place in the chat, or closes it with the reason that a refused upgrade could not tell (A2, A4, T2).
 *
 * @returns undefined when it was closed
 */
export function seatPeer(peer: Peer): SessionHandle | undefined {
  const { chat, tickets, settings, log } = useParley()
  const socket = peerSocket(peer, log)
  const seat = seatOf(peer)
  if (seat === undefined) return refuse(socket, closeCodes.badTicket)
  if (seat.kind === 'close') return refuse(socket, seat.code)
  // The address is known only now: the upgrade hook sees no socket.
  const peerAddress = peer.remoteAddress ?? ''
  if (seat.forwardedHost && !settings.trust.trusts(peerAddress)) return refuse(socket, closeCodes.policy)
  const { address } = clientFacts(peerAddress, false, name => (name === 'x-forwarded-for' ? seat.forwardedFor : undefined), settings.trust)
  if (!chat.hasRoom(cappedAddress(address, settings.trust))) return refuse(socket, closeCodes.overloaded)
  const { account, login, hides, blocks } = seat.grant
  if (!tickets.stands(seat.grant)) return refuse(socket, closeCodes.revoked)
  return chat.accept(socket, { user: account, login, appname: seat.appname, address, ...(hides ? { hides } : {}), ...(blocks ? { blocks } : {}), ...(mayUse(seat.grant, 'write') ? {} : { readOnly: true }) })
}
