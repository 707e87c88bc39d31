import type { Peer } from 'crossws'
import type { SessionHandle } from '#parley/server/chat/chat-service.ts'
import { admit } from '#parley/server/auth/admission.ts'
import { cappedAddress, clientFacts, networkOf } from '#parley/server/auth/client-address.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { forgetHandshake } from '#parley/server/utils/forget-handshake.ts'
import { peerHeader } from '#parley/server/utils/peer-header.ts'
import { rememberSeat, seatPeer } from '#parley/server/utils/peer-seat.ts'

/** The session of each open socket; undefined where the socket was closed instead of seated. */
const sessions = new WeakMap<Peer, SessionHandle | undefined>()

/**
 * The session of a peer, made at the first hook that sees it. The hooks of one socket are not awaited (K5): a message that came
 * before `open` would otherwise find no session and be lost.
 */
function sessionOf(peer: Peer): SessionHandle | undefined {
  const known = sessions.get(peer)
  if (known !== undefined || sessions.has(peer)) return known
  const session = seatPeer(peer)
  sessions.set(peer, session)
  return session
}

/** Nitro's socket hooks ⇄ the chat. None of them throws: what a hook throws reaches nobody, and the socket would hang (K6, K7). */
export default defineWebSocketHandler({
  upgrade(request) {
    const { tickets, settings: { allowedOrigins, trust }, chat, limits, figures } = useParley()
    const header = (name: string) => request.headers.get(name) ?? undefined
    const address = cappedAddress(clientFacts(header(peerHeader) ?? '', false, header, trust).address, trust)
    const admission = admit({ url: request.url, header }, {
      tickets, allowedOrigins,
      mayTry: () => address === '' || (limits?.handshakes.take(networkOf(address)) ?? 0) === 0,
      hasRoom: () => !chat.draining && chat.hasRoom(address),
    })
    if (!admission.ok) {
      figures.process.refusedUpgrade(admission.status)
      return new Response(null, { status: admission.status, headers: { 'retry-after': '1', 'content-length': '0', 'connection': 'close' } })
    }
    return { context: rememberSeat(admission.seat) }
  },
  open(peer) {
    sessionOf(peer)
    forgetHandshake(peer)
  },
  message(peer, message) {
    // Text arrives as a string, binary as bytes, however short (T3).
    if (typeof message.rawData === 'string') sessionOf(peer)?.receive(message.rawData)
    else sessionOf(peer)?.receiveBinary()
  },
  close(peer, { code }) {
    sessions.get(peer)?.closed(code)
    sessions.set(peer, undefined)
  },
  error(peer, error) {
    // Bad frames of a peer (T4, T6): the adapter closes the socket with the right code by itself.
    useParley().log.debug('socket error', { connection: sessions.get(peer)?.id, fault: error.message })
  },
})
