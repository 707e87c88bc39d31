import { plainSystem, socketIoSystem } from '#parley/bench/systems/controls.ts'
import { parleySystem } from '#parley/bench/systems/parley.ts'
import type { System } from '#parley/bench/systems/system.ts'

/** Every system by its name on the command line; a further one is a line here. */
export const systems: readonly System[] = [
  plainSystem('ws-string', 'string'),
  plainSystem('ws-prebuilt', 'prebuilt'),
  plainSystem('ws-coalesced', 'coalesced'),
  socketIoSystem('socketio-each', 'each'),
  socketIoSystem('socketio-group', 'group'),
  parleySystem(),
]
