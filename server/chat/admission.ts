import { closeCodes } from '#parley/shared/protocol/index.ts'
import type { Connections } from '#parley/server/chat/connections.ts'
import type { Session } from '#parley/server/chat/session.ts'

/**
 * Whether a new connection is seated (A4). Over the per-user cap the one that has been silent longest goes, so that a phone that flaps never
 * locks itself out; if all were heard from lately, they are in use, and the new one is refused.
 *
 * @param displaceSilence ms of silence after which a connection may be displaced
 * @returns the code to refuse it with; undefined: it may stay
 */
export function admit(connections: Connections<Session>, session: Session, displaceSilence: number): number | undefined {
  if (!connections.hasRoom(session.info.address)) return closeCodes.overloaded
  if (!connections.isFull(session.user)) return undefined
  const [silent] = connections.of(session.user).toSorted((a, b) => b.silence - a.silence)
  if (!silent || silent.silence < displaceSilence) return closeCodes.tooManyConnections
  silent.end(closeCodes.overloaded)
  return undefined
}
