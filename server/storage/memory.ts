import { randomUUID } from 'node:crypto'
import type { Random, Store } from '#parley/server/chat/ports.ts'
import type { AccountStore } from '#parley/server/auth/ports.ts'
import { createMemoryAccounts } from '#parley/server/storage/memory/accounts.ts'
import { createMemoryAdminUsers } from '#parley/server/storage/memory/admin-users.ts'
import { createMemoryAdministration } from '#parley/server/storage/memory/administration.ts'
import { createMemoryAttachments } from '#parley/server/storage/memory/attachments.ts'
import { createMemoryConversations } from '#parley/server/storage/memory/conversations.ts'
import { createMemoryFirstPaint } from '#parley/server/storage/memory/first-paint.ts'
import { createMemoryHooks } from '#parley/server/storage/memory/hooks.ts'
import { createMemoryInvites } from '#parley/server/storage/memory/invites.ts'
import { createMemoryLog } from '#parley/server/storage/memory/log.ts'
import { createMemoryPush } from '#parley/server/storage/memory/push.ts'
import { createMemoryModeration } from '#parley/server/storage/memory/moderation.ts'
import { createMemoryPeople } from '#parley/server/storage/memory/people.ts'
import { createMemoryProfiles } from '#parley/server/storage/memory/profiles.ts'
import { createMemoryReading } from '#parley/server/storage/memory/reading.ts'
import { createMemorySecondFactor } from '#parley/server/storage/memory/second-factor.ts'
import { createState, type MemoryState } from '#parley/server/storage/memory/state.ts'
import { createMemoryWrites, type MemoryFault } from '#parley/server/storage/memory/writes.ts'

export interface MemoryStoreOptions {
  random?: Pick<Random, 'id'>
  /** Asked before each write; what it returns befalls that write and all that wait behind it (S4, S5). For tests. */
  fault?: () => MemoryFault | undefined
  /** Told after each commit how many writes it held. */
  onCommit?: (writes: number) => void
  /** The contents of an earlier store: a restart of the server in a simulation. */
  state?: MemoryState
}

export interface MemoryStore extends Store, AccountStore {
  /** What the store holds, to hand to the next one. */
  readonly state: MemoryState
}

/** A store without a disk: for tests and simulations, and the model that the other adapters are compared with. */
export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const { state = createState(), fault = () => undefined, onCommit = () => undefined } = options
  state.epoch ??= options.random?.id() ?? randomUUID()
  const epoch = state.epoch
  const writes = createMemoryWrites(fault, onCommit)
  return {
    state,
    ...createMemoryLog(state, writes),
    ...createMemoryFirstPaint(state),
    ...createMemoryConversations(state, writes),
    ...createMemoryPeople(state, writes),
    ...createMemoryProfiles(state, writes),
    ...createMemoryAttachments(state, writes),
    ...createMemoryInvites(state, writes),
    ...createMemoryPush(state, writes),
    ...createMemoryHooks(state, writes),
    ...createMemoryReading(state),
    ...createMemoryModeration(state, writes),
    ...createMemoryAdministration(state, writes),
    ...createMemoryAccounts(state, writes),
    ...createMemoryAdminUsers(state, writes),
    ...createMemorySecondFactor(state, writes),
    epoch: async () => epoch,
    ready: async () => fault() === undefined,
    close: async () => undefined,
  }
}
