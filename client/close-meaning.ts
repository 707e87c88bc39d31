import type { ConnectionState, WaitCause } from '#parley/client/types.ts'
import { closeCodes } from '#parley/shared/protocol/index.ts'

type FinalState = Extract<ConnectionState, { name: 'signed-out' | 'closed' }>

/** Where a final close code leads (PROTOCOL 10). 4503 and 4504 keep outbox and drafts (A5). */
export function finalState(code: number): FinalState {
  switch (code) {
    case closeCodes.disabled: return { name: 'signed-out', reason: 'disabled' }
    case closeCodes.revoked: return { name: 'signed-out', reason: 'revoked' }
    case closeCodes.version: return { name: 'closed', reason: 'version' }
    case closeCodes.badFrames: return { name: 'closed', reason: 'bad_frames' }
    case closeCodes.tooManyConnections: return { name: 'closed', reason: 'too_many_connections' }
    default: return { name: 'closed', reason: 'refused' }
  }
}

/** What a person is told while the client waits for its next attempt. */
export function closeCause(code: number, welcomed: boolean): WaitCause {
  switch (code) {
    case closeCodes.restart: return 'restart'
    case 1013: // "try again later", which proxies and hosting platforms send
    case closeCodes.rate:
    case closeCodes.unavailable:
    case closeCodes.overloaded: return 'busy'
    default: return welcomed ? 'lost' : 'unreachable'
  }
}
