import type { UserSummary } from '#parley/shared/model.ts'
import type { HookCommand, HookEvent, HookFailure } from '#parley/shared/hooks.ts'
import type { AuditEntry } from '#parley/server/chat/moderation-port.ts'

/** The half of a webhook that calls out. */
export interface OutgoingRecord {
  url: string
  /** Signs what is sent, so it is kept as it is. */
  secret: string
  events: HookEvent[]
  commands: HookCommand[]
  /** Seq up to which events have been delivered or given up. */
  cursor: number
  pausedAt?: number
  fault?: string
}

export interface HookRecord {
  id: string
  conversation: string
  bot: UserSummary
  /** User id. */
  creator: string
  createdAt: number
  lastUsedAt?: number
  /** Absent: an incoming one. */
  outgoing?: OutgoingRecord
  /** How many events were given up and not delivered since. */
  failures: number
}

export interface NewHook {
  id: string
  conversation: string
  bot: { id: string, name: string, avatar?: string }
  creator: string
  createdAt: number
  /** Of the token of an incoming one. */
  hash?: string
  /** It hears of events above the head of the log at this moment. */
  outgoing?: Pick<OutgoingRecord, 'url' | 'secret' | 'events' | 'commands'>
}

/** What is to be otherwise of a webhook; absent fields stay as they are. */
export interface HookChange {
  /** Of its bot. */
  name?: string
  /** Id of a stored avatar; null takes the picture away. */
  avatar?: string | null
  /** Of an outgoing one. With another url what the old one last answered is forgotten. */
  outgoing?: Partial<Pick<OutgoingRecord, 'url' | 'events' | 'commands'>>
}

export type { HookFailure }

/** How an outgoing webhook is getting on; absent fields stay as they are, null takes away. */
export interface HookProgress {
  cursor?: number
  lastUsedAt?: number
  fault?: string | null
  pausedAt?: number | null
  /** An event that is given up, in the same transaction. */
  failure?: HookFailure
}

/** Webhooks of conversations. Each has a bot: an account that posts for it, that nobody logs in to and that outlives it. */
export interface HookStore {
  /**
   * @param most hooks of one conversation
   * @returns undefined: no such open group or channel, no such avatar, or too many hooks there; command names that are taken
   */
  createHook(hook: NewHook, most: number, audit?: AuditEntry): Promise<HookRecord | 'taken' | undefined>
  /** @returns undefined: that conversation has no such hook, or there is no such avatar; command names that another hook there has */
  changeHook(conversation: string, id: string, change: HookChange, audit?: AuditEntry): Promise<HookRecord | 'taken' | undefined>
  /** Oldest first. */
  hooksOf(conversation: string): Promise<HookRecord[]>
  /** The incoming one with a token of this hash. */
  hookByHash(hash: string): Promise<HookRecord | undefined>
  /** All that call out and are not paused. */
  outgoingHooks(): Promise<HookRecord[]>
  /** Paused or not. */
  hook(id: string): Promise<HookRecord | undefined>
  /** Nothing happens where there is no such hook any more. */
  saveHookProgress(id: string, progress: HookProgress): Promise<void>
  /** Newest last. */
  hookFailures(id: string): Promise<HookFailure[]>
  forgetHookFailure(id: string, seq: number): Promise<void>
  /** @returns whether that conversation had it */
  removeHook(conversation: string, id: string, audit?: AuditEntry): Promise<boolean>
}

/** What others see of any bot beside its name. */
export const botUsername = 'bot'
/** Names that people type are folded to lower case, so none of them is ever this. */
export const botKey = (id: string): string => `BOT ${id}`
