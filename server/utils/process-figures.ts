import { subscribe } from 'node:diagnostics_channel'
import { ServerResponse } from 'node:http'
import { Tally } from '#parley/server/chat/figures.ts'
import type { ProcessFigures } from '#parley/server/metrics/sources.ts'

export interface ProcessCounters extends ProcessFigures {
  /** An upgrade was refused with this status; that writes no answer of the HTTP server. */
  refusedUpgrade(status: number): void
}

/** Counts what happens around the chat, where Node announces it: whatever made an answer, it is counted once. */
export function countProcess(): ProcessCounters {
  const [responses, upgrades] = [new Tally<number>(), new Tally<number>()]
  let unhandled = 0
  subscribe('http.server.response.finish', (message) => {
    const response: unknown = typeof message === 'object' && message !== null ? Reflect.get(message, 'response') : undefined
    if (response instanceof ServerResponse) responses.add(response.statusCode)
  })
  // Nitro logs both and goes on.
  process.on('uncaughtExceptionMonitor', () => void unhandled++)
  process.on('unhandledRejection', () => void unhandled++)
  return {
    get responses() {
      return responses.entries()
    },
    get upgrades() {
      return upgrades.entries()
    },
    get unhandled() {
      return unhandled
    },
    refusedUpgrade: status => upgrades.add(status),
  }
}
