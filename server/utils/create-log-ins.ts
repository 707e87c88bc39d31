import { createExternalUsers } from '#parley/server/auth/external-users.ts'
import type { ExternalUsers } from '#parley/server/auth/external-users.ts'
import type { Farewells } from '#parley/server/auth/farewells.ts'
import { createGuests } from '#parley/server/auth/guests.ts'
import type { Guests } from '#parley/server/auth/guests.ts'
import { createHostTokens } from '#parley/server/auth/host-tokens.ts'
import type { HostTokens } from '#parley/server/auth/host-tokens.ts'
import { createOidc } from '#parley/server/auth/oidc.ts'
import type { Oidc } from '#parley/server/auth/oidc.ts'
import type { Passwords } from '#parley/server/auth/passwords.ts'
import type { AccountStore } from '#parley/server/auth/ports.ts'
import { createRateLimiter } from '#parley/server/auth/rate-limiter.ts'
import type { RateLimiter } from '#parley/server/auth/rate-limiter.ts'
import type { Tickets } from '#parley/server/auth/tickets.ts'
import type { ChatService } from '#parley/server/chat/chat-service.ts'
import type { Clock, Log, Random, Store } from '#parley/server/chat/ports.ts'
import type { LogInSettings } from '#parley/server/config/log-in-settings.ts'
import type { RegistrationMode } from '#parley/shared/administration.ts'

export interface LogInParts {
  settings: LogInSettings
  store: Store & AccountStore
  passwords: Passwords
  chat: ChatService
  tickets: Tickets
  farewells: Farewells
  registration: () => RegistrationMode
  clock: Clock
  random: Random
  log: Log
}

/** The ways in beside a password. */
export interface LogIns {
  settings: LogInSettings
  external: ExternalUsers
  oidc: Oidc | undefined
  host: HostTokens | undefined
  guests: Guests
  /** By client address: steps of log-ins by the provider; tokens of the host that do not count. */
  attempts: RateLimiter
  exchanges: RateLimiter
}

/** Ends the account of a guest, as its owner would end another. */
async function endGuest({ store, chat, tickets, farewells, clock }: LogInParts, user: string): Promise<void> {
  const closed = await store.closeAccount(user, { at: clock.now(), erase: false })
  if (!closed.ok) return
  tickets.revoke({ user })
  chat.revoke(user, {})
  chat.tellUser({ user: closed.user })
  void farewells.work()
}

async function rename({ store, chat }: LogInParts, user: string, displayName: string): Promise<void> {
  const told = await store.saveProfile(user, { displayName })
  if (told) chat.tellUser({ user: told })
}

/** Part of the composition root. */
export function createLogIns(parts: LogInParts): LogIns {
  const { settings, store, passwords, clock, random, log, registration, chat } = parts
  const external = createExternalUsers({ store, clock, random })
  return {
    settings, external,
    oidc: settings.oidc && createOidc(settings.oidc, clock, log),
    host: settings.host && createHostTokens({ settings: settings.host, users: external, clock, log, rename: (user, name) => rename(parts, user, name) }),
    guests: createGuests({
      store, passwords, clock, random, log, settings: settings.guests, registration, isActive: user => chat.isActive(user), end: user => endGuest(parts, user),
    }),
    // An organisation behind one address comes in at nine; each log-in takes two steps.
    attempts: createRateLimiter(clock, { burst: 200, refill: 500 }),
    exchanges: createRateLimiter(clock, { burst: 60, refill: 1_000 }),
  }
}
