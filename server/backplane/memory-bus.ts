import type { Backplane, BackplaneMessage } from '#parley/server/chat/backplane-port.ts'

/** What befalls one message on its way to one node. `hold` keeps it until `release`. */
export type MessageFate = 'deliver' | 'lose' | 'double' | 'hold'

export interface MemoryBusOptions {
  /** Asked per message and receiving node; everything is delivered by default. */
  fate?: (message: BackplaneMessage) => MessageFate
  /** Runs a delivery after the current turn; a microtask by default. */
  defer?: (task: () => void) => void
}

export interface MemoryBus {
  /** The backplane of one more node. */
  connect(): Backplane
  /** Delivers what was held, the newest first, so that order is as wrong as it can be. */
  release(): void
}

/** Several nodes in one process, joined by a bus as careless as the port allows: for tests and simulations. */
export function createMemoryBus(options: MemoryBusOptions = {}): MemoryBus {
  const { fate = () => 'deliver', defer = queueMicrotask } = options
  const nodes = new Set<Set<(message: BackplaneMessage) => void>>()
  let held: (() => void)[] = []

  function send(listeners: Set<(message: BackplaneMessage) => void>, message: BackplaneMessage): void {
    // As between processes: nobody shares an object with the sender.
    const deliver = () => {
      for (const listener of [...listeners]) listener(structuredClone(message))
    }
    const what = fate(message)
    if (what === 'hold') held.push(deliver)
    if (what === 'deliver' || what === 'double') defer(deliver)
    if (what === 'double') defer(deliver)
  }

  return {
    connect() {
      const own = new Set<(message: BackplaneMessage) => void>()
      nodes.add(own)
      return {
        publish(message) {
          for (const node of nodes) if (node !== own) send(node, message)
        },
        subscribe(listener) {
          own.add(listener)
          return () => {
            own.delete(listener)
          }
        },
        async close() {
          nodes.delete(own)
          own.clear()
        },
      }
    },
    release() {
      const batch = held.toReversed()
      held = []
      for (const deliver of batch) defer(deliver)
    },
  }
}
