import type { createIncoming } from '#parley/server/webhooks/incoming.ts'
import type { OutgoingHooks } from '#parley/server/webhooks/outgoing.ts'
import type { Webhooks } from '#parley/server/webhooks/webhooks.ts'
import type { Administration } from '#parley/server/administration/administration.ts'
import type { Attachments } from '#parley/server/attachments/attachments.ts'
import type { Avatars } from '#parley/server/attachments/avatars.ts'
import type { Accounts } from '#parley/server/auth/accounts.ts'
import type { ApiTokens } from '#parley/server/auth/api-tokens.ts'
import type { Authentication, Credentials } from '#parley/server/auth/authenticator.ts'
import type { Farewells } from '#parley/server/auth/farewells.ts'
import type { Invites } from '#parley/server/auth/invites.ts'
import type { LoginSessions } from '#parley/server/auth/login-sessions.ts'
import type { Passkeys } from '#parley/server/auth/passkeys.ts'
import type { AccountStore } from '#parley/server/auth/ports.ts'
import type { RateLimiter } from '#parley/server/auth/rate-limiter.ts'
import type { SecondFactor } from '#parley/server/auth/second-factor.ts'
import type { Tickets } from '#parley/server/auth/tickets.ts'
import type { ChatService } from '#parley/server/chat/chat-service.ts'
import type { Log, Store } from '#parley/server/chat/ports.ts'
import type { MetricSources } from '#parley/server/metrics/sources.ts'
import type { Push } from '#parley/server/push/push.ts'
import type { Settings } from '#parley/server/config/settings.ts'
import type { ProcessCounters } from '#parley/server/utils/process-figures.ts'
import type { LogIns } from '#parley/server/utils/create-log-ins.ts'
import type { WorkInHand } from '#parley/server/utils/work-in-hand.ts'

/** Everything that the composition root made (server/plugins/chat.ts), for routes and handlers. */
export interface Parley {
  settings: Settings
  log: Log
  chat: ChatService
  store: Store & AccountStore
  accounts: Accounts
  /** The ways in beside a password. */
  logIns: LogIns
  attachments: Attachments
  avatars: Avatars
  farewells: Farewells
  administration: Administration
  invites: Invites
  secondFactor: SecondFactor
  passkeys: Passkeys
  push: Push
  webhooks: Webhooks
  outgoing: OutgoingHooks
  receiveHook: ReturnType<typeof createIncoming>
  logins: LoginSessions
  apiTokens: ApiTokens
  tickets: Tickets
  authenticate(credentials: Credentials): Promise<Authentication>
  sessionPassword: string
  requests: WorkInHand
  figures: MetricSources & { process: ProcessCounters }
  /** Says once that a log-in came over plain http: fine for a trial or a LAN, so it is not refused (X36). */
  notePlainHttp(): void
  /** By user: what one account may ask for over HTTP. `handshakes`: by network, upgrades of whoever it is (X21). */
  limits: { ops: RateLimiter, tickets: RateLimiter, lookups: RateLimiter, pictures: RateLimiter, exports: RateLimiter, handshakes: RateLimiter } | undefined
}

let running: Parley | undefined

/** Called once, by the composition root. */
export function provideParley(parley: Parley): void {
  running = parley
}

/** This process's services. The server listens only when they are there. */
export function useParley(): Parley {
  if (running === undefined) throw new Error('used before the composition root has run')
  return running
}

/** This process's chat. */
export const useChat = (): ChatService => useParley().chat
