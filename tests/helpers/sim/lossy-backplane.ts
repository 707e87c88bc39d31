import type { Backplane, BackplaneMessage } from '#parley/server/chat/backplane-port.ts'
import type { SeededRandom } from '#parley/tests/helpers/sim/random.ts'
import type { VirtualTime } from '#parley/tests/helpers/sim/virtual-time.ts'

/** How badly messages between nodes fare; all three are allowed to a backplane (O3, O4). */
export interface BackplaneQuality {
  /** Probability that a message reaches a node not at all. */
  loss: number
  /** The only kind that may be lost; all of them by default. What is no event comes again only with a view that is fetched anew. */
  loses?: BackplaneMessage['type']
  /** Probability that it comes twice. */
  double: number
  /** Largest delay, ms; drawn for each message, so messages overtake each other. */
  delay: number
}

export interface LossyBackplane {
  /** The seat of one node; `onPublish` runs before anything is sent (a kill point). */
  join(onPublish?: (message: BackplaneMessage) => void): Backplane
  quality: BackplaneQuality
}

export function createLossyBackplane(time: VirtualTime, random: SeededRandom, quality: BackplaneQuality, count: (kind: string) => void): LossyBackplane {
  const seats = new Set<Set<(message: BackplaneMessage) => void>>()
  const hub: LossyBackplane = {
    quality,
    join(onPublish) {
      const listeners = new Set<(message: BackplaneMessage) => void>()
      seats.add(listeners)
      let newest = 0
      const carry = (to: Set<(message: BackplaneMessage) => void>, text: string) => {
        const at = time.now() + random.next() * hub.quality.delay
        if (at < newest) count('backplane: overtaken')
        newest = Math.max(newest, at)
        time.after(at - time.now(), () => {
          for (const listener of to) listener(JSON.parse(text) as BackplaneMessage)
        })
      }
      return {
        publish(message) {
          onPublish?.(message)
          if (!seats.has(listeners)) return
          const text = JSON.stringify(message)
          for (const other of seats) {
            if (other === listeners) continue
            if ((hub.quality.loses ?? message.type) === message.type && random.chance(hub.quality.loss)) {
              count('backplane: lost')
              continue
            }
            carry(other, text)
            if (!random.chance(hub.quality.double)) continue
            count('backplane: doubled')
            carry(other, text)
          }
        },
        subscribe(listener) {
          listeners.add(listener)
          return () => listeners.delete(listener)
        },
        async close() {
          listeners.clear()
          seats.delete(listeners)
        },
      }
    },
  }
  return hub
}
