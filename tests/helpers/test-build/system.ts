import type { Clock } from '#parley/server/chat/ports.ts'
import { systemClock as realClock } from '#parley/server/config/system.ts'

export { systemRandom } from '#parley/server/config/system.ts'

/** Every waiting time of the server, PROTOCOL 8–10 included, is divided by this. */
const factor = Number(process.env['PARLEY_TIME_FACTOR'] ?? 1)
/** Ms that the wall clock of the server is wrong by (F15). */
const offset = Number(process.env['PARLEY_CLOCK_OFFSET'] ?? 0)

/** What server/plugins/chat.ts gets in a test build instead of server/config/system.ts: time that passes faster, or that is wrong. */
export const systemClock: Clock = {
  now: () => realClock.now() + offset,
  monotonic: () => realClock.monotonic() * factor,
  timer: (task, ms) => realClock.timer(task, ms / factor),
}
