import type { Backplane } from '#parley/server/chat/backplane-port.ts'

/** The backplane of a single node: there is nobody to tell. */
export function createLocalBackplane(): Backplane {
  return {
    publish() {},
    subscribe: () => () => {},
    close: async () => {},
  }
}
