import type { LogEvent, UserSummary } from '#parley/shared/model.ts'
import type { Hidden } from '#parley/server/chat/people-port.ts'

/** What nodes tell each other. May be lost, doubled or reordered: the log is the truth (O3, O4). */
export type BackplaneMessage
  = | { type: 'event', conversation: string, event: LogEvent }
    /** `own`: for the user's own connections only. */
    | { type: 'receipt', conversation: string, user: string, read?: number, delivered?: number, at: number, own?: true }
    | { type: 'typing', conversation: string, user: string, on: boolean }
    | { type: 'presence', user: string, node: string, state: 'online' | 'idle' | 'offline' }
    /** Close this user's sockets: of one login, of all but one, or all (A5). */
    | { type: 'revoke', user: string, login?: string, except?: string, code: number }
    /**
     * Somebody's name, picture, status, or what they show has changed; `blocked` is of those who are told only their own. A bot is a member
     * of nothing: its `conversation` is told.
     */
    | { type: 'user', user: UserSummary, hides?: Hidden, blocked?: string[], conversation?: string }
    /** Tell this user's sockets about a conversation that changed for them (§8 `conversation`). */
    | { type: 'refresh', conversation: string, users?: string[] }
    /** A conversation was deleted for good: whoever watches it is told, and nothing of it is kept in memory. */
    | { type: 'gone', conversation: string }

export interface Backplane {
  /** Never rejects: a lost message heals by the audit (O4). */
  publish(message: BackplaneMessage): void
  /** Messages of other nodes, never our own. */
  subscribe(listener: (message: BackplaneMessage) => void): () => void
  close(): Promise<void>
}
