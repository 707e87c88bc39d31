import { closeCodes } from '#parley/shared/protocol/index.ts'
import type { ChatContext } from '#parley/server/chat/context.ts'
import type { Session } from '#parley/server/chat/session.ts'

/** Shares of `timing.drainLimit`: until then ops in hand may finish, until then peers may answer a close; the rest is for the store to close. */
const workShare = 0.75
const closeShare = 0.9
/** Ms between two looks at what is in hand. */
const poll = 25

/**
 * L5: tells every connection when to come back, lets the ops in hand finish, closes each with 1012 as soon as it is idle, and destroys what
 * is left at the limit.
 *
 * @param sessions sockets that are not gone yet
 * @returns when every socket is gone, or the limit is up
 */
export function drainSessions(context: ChatContext, sessions: ReadonlySet<Session>): Promise<void> {
  const { clock, random, timing } = context
  const begun = clock.monotonic()
  for (const session of [...sessions]) session.drain(Math.round(random.next() * timing.drainSpread))
  return new Promise((resolve) => {
    const look = () => {
      const spent = clock.monotonic() - begun
      const over = spent >= timing.drainLimit * closeShare
      for (const session of [...sessions]) {
        if (over) session.destroy()
        else if (session.idle || spent >= timing.drainLimit * workShare) session.end(closeCodes.restart)
      }
      if (sessions.size === 0 || over) resolve()
      else clock.timer(look, poll)
    }
    look()
  })
}
