import type { UserSummary } from '#parley/shared/model.ts'

/** Webhooks as the HTTP interface speaks of them (docs/BOTS.md). */

/** What an outgoing webhook can be told of: kinds of events of the log. */
export const hookEvents = ['message', 'edit', 'delete', 'reaction', 'member', 'meta'] as const
export type HookEvent = (typeof hookEvents)[number]

/** A command that an outgoing webhook answers: `/name …`. */
export interface HookCommand {
  /** Without the slash; see {@link commandNamePattern}. */
  name: string
  /** What it does, for the list in the composer. */
  description?: string
}

/** Letters of any script, digits, `_` and `-`; lower case, so that nobody has to remember which is which. */
export const commandNamePattern = /^[\p{Ll}\p{Lo}\p{N}][\p{Ll}\p{Lo}\p{M}\p{N}_-]{0,31}$/u

/** Where events go, and how that is going. */
export interface OutgoingHook {
  url: string
  events: HookEvent[]
  commands: HookCommand[]
  /** Nothing has been sent since, ms since 1970: somebody paused it, or the server did after long failure. */
  pausedAt?: number
  /** Why the last delivery failed; absent once one has succeeded. */
  fault?: string
  /** Events that were given up. */
  failures: number
}

/** A webhook as the owner and admins of its conversation see it; never its token or secret. */
export interface Hook {
  id: string
  kind: 'incoming' | 'outgoing'
  /** The author of its messages. */
  bot: UserSummary
  /** User id. */
  creator: string
  createdAt: number
  /** When it posted, or was delivered to, last. */
  lastUsedAt?: number
  outgoing?: OutgoingHook
}

/** An event that could not be delivered. */
export interface HookFailure {
  seq: number
  at: number
  attempts: number
  /** A status, or what kept the server from getting one. */
  error: string
}

export interface HooksResponse { hooks: Hook[] }
/** The only answer that holds the token of an incoming webhook, or the secret of an outgoing one. */
export interface NewHookResponse { hook: Hook, token?: string, secret?: string }
export interface HookFailuresResponse { failures: HookFailure[] }
/** What became of a command: its answer was posted, it had none, or its webhook failed. */
export interface CommandOutcome { outcome: 'posted' | 'silent' | 'failed', seq?: number, error?: string }
/** `delivered`, or why not. */
export interface RetryOutcome { delivered: boolean, error?: string }
export interface HookResponse { hook: Hook }
export interface CommandsResponse { commands: (HookCommand & { bot: UserSummary })[] }
