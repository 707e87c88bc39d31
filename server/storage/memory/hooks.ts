import { botKey, botUsername } from '#parley/server/chat/hook-port.ts'
import type { HookChange, HookProgress, HookRecord, HookStore, NewHook } from '#parley/server/chat/hook-port.ts'
import type { HookCommand } from '#parley/shared/hooks.ts'
import { userSummary } from '#parley/server/storage/memory/conversations.ts'
import { copy, type MemoryHook, type MemoryState } from '#parley/server/storage/memory/state.ts'
import type { MemoryWrites } from '#parley/server/storage/memory/writes.ts'

const recordOf = (state: MemoryState, { hash: _hash, failures, ...hook }: MemoryHook): HookRecord =>
  copy({ ...hook, bot: userSummary(state.users.get(hook.bot)!), failures: failures.size })

const ownOf = (state: MemoryState, conversation: string) => [...state.hooks.values()].filter(hook => hook.conversation === conversation)

const areTaken = (others: MemoryHook[], commands: readonly HookCommand[] = []): boolean =>
  commands.some(({ name }) => others.some(other => other.outgoing?.commands.some(own => own.name === name)))

function create(state: MemoryState, { bot, hash, outgoing, ...hook }: NewHook, most: number): HookRecord | 'taken' | undefined {
  const conversation = state.conversations.get(hook.conversation)
  const others = ownOf(state, hook.conversation)
  if (!conversation || conversation.kind === 'direct' || conversation.closed || others.length >= most) return undefined
  if (bot.avatar !== undefined && !state.avatars.has(bot.avatar)) return undefined
  if (areTaken(others, outgoing?.commands)) return 'taken'
  state.users.set(bot.id, {
    id: bot.id, username: botUsername, usernameKey: botKey(bot.id), displayName: bot.name, role: 'member', passwordHash: '', disabled: true,
    createdAt: hook.createdAt, bot: true, ...(bot.avatar === undefined ? {} : { avatar: bot.avatar }),
  })
  const made: MemoryHook = {
    ...hook, bot: bot.id, failures: new Map(),
    ...(hash === undefined ? {} : { hash }),
    ...(outgoing === undefined ? {} : { outgoing: { ...outgoing, cursor: conversation.events.length } }),
  }
  state.hooks.set(hook.id, made)
  return recordOf(state, made)
}

function change(state: MemoryState, conversation: string, id: string, { name, avatar, outgoing = {} }: HookChange): HookRecord | 'taken' | undefined {
  const hook = ownOf(state, conversation).find(own => own.id === id)
  if (!hook || (avatar && !state.avatars.has(avatar))) return undefined
  if (areTaken(ownOf(state, conversation).filter(other => other !== hook), outgoing.commands)) return 'taken'
  const bot = state.users.get(hook.bot)!
  if (name !== undefined) bot.displayName = name
  if (avatar === null) delete bot.avatar
  else if (avatar !== undefined) bot.avatar = avatar
  if (hook.outgoing && outgoing.url !== undefined && outgoing.url !== hook.outgoing.url) delete hook.outgoing.fault
  if (hook.outgoing) Object.assign(hook.outgoing, copy(outgoing))
  return recordOf(state, hook)
}

function save(hook: MemoryHook | undefined, { cursor, lastUsedAt, fault, pausedAt, failure }: HookProgress): void {
  if (!hook) return
  if (lastUsedAt !== undefined) hook.lastUsedAt = lastUsedAt
  if (failure) hook.failures.set(failure.seq, { ...failure })
  const { outgoing } = hook
  if (!outgoing) return
  if (cursor !== undefined) outgoing.cursor = Math.max(outgoing.cursor, cursor)
  if (fault === null) delete outgoing.fault
  else if (fault !== undefined) outgoing.fault = fault
  if (pausedAt === null) delete outgoing.pausedAt
  else if (pausedAt !== undefined) outgoing.pausedAt = pausedAt
}

export function createMemoryHooks(state: MemoryState, writes: MemoryWrites): HookStore {
  const record = (hook: MemoryHook | undefined) => hook && recordOf(state, hook)
  return {
    createHook: (hook, most, audit) => writes.run(() => {
      const made = create(state, hook, most)
      if (audit && typeof made === 'object') state.audit.push(copy(audit))
      return made
    }),
    changeHook: (conversation, id, wanted, audit) => writes.run(() => {
      const changed = change(state, conversation, id, wanted)
      if (audit && typeof changed === 'object') state.audit.push(copy(audit))
      return changed
    }),
    hooksOf: async conversation => ownOf(state, conversation).map(hook => recordOf(state, hook)),
    hookByHash: async hash => record([...state.hooks.values()].find(hook => hook.hash === hash)),
    outgoingHooks: async () => [...state.hooks.values()].filter(({ outgoing }) => outgoing && outgoing.pausedAt === undefined).map(hook => recordOf(state, hook)),
    hook: async id => record(state.hooks.get(id)),
    saveHookProgress: (id, progress) => writes.run(() => save(state.hooks.get(id), progress)),
    hookFailures: async id => copy([...state.hooks.get(id)?.failures.values() ?? []].toSorted((left, right) => left.seq - right.seq)),
    forgetHookFailure: (id, seq) => writes.run(() => void state.hooks.get(id)?.failures.delete(seq)),
    removeHook: (conversation, id, audit) => writes.run(() => {
      const found = state.hooks.get(id)?.conversation === conversation
      if (found) state.hooks.delete(id)
      if (found && audit) state.audit.push(copy(audit))
      return found
    }),
  }
}
