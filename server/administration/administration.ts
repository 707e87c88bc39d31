import { createAdminUsers, type AdminUsers } from '#parley/server/administration/admin-users.ts'
import { createAdminConversations, type AdminConversations } from '#parley/server/administration/conversation-acts.ts'
import { Housekeeping } from '#parley/server/administration/housekeeping.ts'
import { createReports, type Reports } from '#parley/server/administration/reports.ts'
import type { ServerSettings } from '#parley/server/administration/server-settings.ts'
import { createStorageKeeper, type StorageKeeper } from '#parley/server/administration/storage-keeper.ts'
import type { Attachments } from '#parley/server/attachments/attachments.ts'
import type { Passwords } from '#parley/server/auth/passwords.ts'
import type { AccountStore } from '#parley/server/auth/ports.ts'
import type { Tickets } from '#parley/server/auth/tickets.ts'
import type { ChatService } from '#parley/server/chat/chat-service.ts'
import type { Clock, Log, Random, Store } from '#parley/server/chat/ports.ts'

export interface AdministrationOptions {
  store: Store & AccountStore
  chat: ChatService
  attachments: Attachments
  passwords: Passwords
  clock: Clock
  random: Random
  log: Log
  settings: ServerSettings
  tickets: Pick<Tickets, 'revoke'>
}

/** All that the calls under /api/admin, reports and links for a password stand on. */
export interface Administration {
  settings: ServerSettings
  users: AdminUsers
  conversations: AdminConversations
  reports: Reports
  storage: StorageKeeper
  housekeeping: Housekeeping
}

/** Puts the parts together and starts what works by itself. */
export function createAdministration(options: AdministrationOptions): Administration {
  const { store, chat, settings, tickets, clock } = options
  const users = createAdminUsers(options)
  const housekeeping = new Housekeeping({ ...options, policies: () => settings.policies })
  housekeeping.start()
  return {
    settings,
    users,
    housekeeping,
    conversations: createAdminConversations({ store, chat, clock, onDeleted: () => housekeeping.wake() }),
    reports: createReports({
      ...options,
      users,
      onDisabled(user) {
        tickets.revoke({ user })
        chat.revoke(user, { disabled: true })
      },
    }),
    storage: createStorageKeeper(options),
  }
}
