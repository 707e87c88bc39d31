import { closeCodes, limits, PROTOCOL_VERSION, utf8Length } from '#parley/shared/protocol/index.ts'
import type { HeadEntry, Heads, WelcomeFrame } from '#parley/shared/protocol/index.ts'
import type { Session, SessionServices } from '#parley/server/chat/session.ts'

/** Room in a message for what is not heads: the fields of `welcome`, and commas. */
const frameOverhead = 4 * 1024

/** Cuts heads into parts that each fit a message (W2, T4); at least one part, maybe empty. */
export function splitHeads(heads: Heads, maxBytes: number = limits.serverMessageBytes - frameOverhead): Heads[] {
  const parts: [string, HeadEntry][][] = [[]]
  let bytes = 0
  for (const entry of Object.entries(heads)) {
    const size = utf8Length(JSON.stringify(entry)) + 1
    if (bytes + size > maxBytes && parts.at(-1)!.length > 0) {
      parts.push([])
      bytes = 0
    }
    parts.at(-1)!.push(entry)
    bytes += size
  }
  return parts.map(part => Object.fromEntries(part))
}

/**
 * W1: the connection is registered for fan-out first, then the heads are read, then `welcome` goes out, then events. In any other order
 * an event that commits in between would be lost or doubled (R1, F6). Its conversations are known only with the heads, so it is
 * registered for all of them until then.
 */
export async function openConnection(session: Session, services: SessionServices): Promise<void> {
  const { context, hub, recent } = services
  // Gone while it waited for its turn.
  if (!session.live) return
  const arrival = hub.expect(session.user)
  try {
    const [heads, epoch, blocked] = await Promise.all([context.store.heads(session.user), context.store.epoch(), blockedBy(session, services)])
    if (!session.live) return
    for (const [conversation, [head]] of Object.entries(heads)) recent.heard(conversation, head)
    const [first, ...rest] = splitHeads(heads)
    session.answer({ ...welcome(session, services, epoch, first ?? {}), ...(blocked.length > 0 ? { blocked } : {}) })
    for (const part of rest) session.answer({ type: 'heads', heads: part })
    services.hidden.block(session.user, blocked)
    session.opened()
    // At once: in a storm the end of this turn comes when all that has arrived meanwhile has been read.
    session.flush()
    follow(session, services, hub.attachAll(session, heads, arrival), false)
  }
  catch (error) {
    context.log.error('could not open a connection', { connection: session.id, user: session.user, error: String(error) })
    session.end(closeCodes.unavailable)
  }
  finally {
    hub.settle(arrival)
  }
}

/** L3: a connection that lagged has drained. It is told the heads that moved, pulls what it lacks, and follows again. */
export async function relink(session: Session, services: SessionServices): Promise<void> {
  const { context, hub } = services
  try {
    const heads = await context.store.heads(session.user)
    if (!session.live) return
    const moved = Object.entries(heads).filter(([conversation, [head]]) => hub.subscription(session, conversation)?.sent !== head)
    session.caughtUp()
    for (const part of splitHeads(Object.fromEntries(moved))) session.answer({ type: 'heads', heads: part })
    if (!session.lagging) follow(session, services, hub.attachAll(session, heads), true)
  }
  catch (error) {
    context.log.warn('could not end the lag of a connection', { connection: session.id, user: session.user, error: String(error) })
    session.stillBehind()
  }
}

/** @param tell whether the peer must be told of conversations that are gone; `welcome` says it by leaving them out (W2) */
function follow(session: Session, services: SessionServices, absent: ReturnType<SessionServices['hub']['attachAll']>, tell: boolean): void {
  for (const { conversation, joined } of absent) {
    if (joined) services.announcer.introduce(session.user, conversation, joined.from)
    else if (tell) session.removed(conversation)
  }
}

/** Asked only for those who have blocked somebody: everybody else's opening costs no read more. */
async function blockedBy({ identity, user }: Session, { context }: SessionServices): Promise<string[]> {
  return identity.blocks ? (await context.store.blockedBy(user)).map(({ id }) => id) : []
}

function welcome(session: Session, services: SessionServices, epoch: string, heads: Heads): WelcomeFrame {
  const { clock, timing } = services.context
  const { recallLimit, editLimit } = services.context.policies()
  const { id, username, displayName, role } = session.identity.user
  return {
    type: 'welcome',
    protocol: PROTOCOL_VERSION,
    epoch,
    connection: session.id,
    user: { id, username, displayName, role },
    heads,
    heartbeat: { interval: timing.heartbeatInterval, timeout: timing.peerTimeout },
    // The last two only where admins have set them, in ms (S8).
    limits: { ...limits, ...(recallLimit === undefined ? {} : { recallLimit }), ...(editLimit === undefined ? {} : { editLimit }) },
    serverTime: clock.now(),
  }
}
