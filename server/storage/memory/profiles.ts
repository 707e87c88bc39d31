import type { UserSummary } from '#parley/shared/model.ts'
import { deletedName, deletedUsername } from '#parley/server/chat/people-port.ts'
import type { Closing, ClosingResult, OwnMessage, PeopleStore, ProfileChange, StoredAvatar } from '#parley/server/chat/people-port.ts'
import { compareText } from '#parley/server/storage/compare-text.ts'
import { userSummary } from '#parley/server/storage/memory/conversations.ts'
import { copy, type MemoryState } from '#parley/server/storage/memory/state.ts'
import { forgetSecondFactor } from '#parley/server/storage/memory/second-factor.ts'
import type { MemoryWrites } from '#parley/server/storage/memory/writes.ts'
import { retiredName } from '#parley/server/storage/retired-name.ts'

const isUsed = (state: MemoryState, id: string): boolean =>
  [...state.users.values()].some(user => user.avatar === id) || [...state.conversations.values()].some(conversation => conversation.avatar === id)

function forget(state: MemoryState, id: string | undefined): void {
  const avatar = id === undefined ? undefined : state.avatars.get(id)
  if (!avatar || isUsed(state, avatar.id)) return
  state.erasable.add(avatar.file)
  state.avatars.delete(avatar.id)
}

function saveProfile(state: MemoryState, id: string, { displayName, avatar, status }: ProfileChange): UserSummary | undefined {
  const user = state.users.get(id)
  if (!user || user.deleted || (typeof avatar === 'string' && !state.avatars.has(avatar))) return undefined
  if (displayName !== undefined) user.displayName = displayName
  if (status === null) delete user.status
  else if (status !== undefined) user.status = copy(status)
  if (avatar !== undefined && avatar !== (user.avatar ?? null)) {
    const before = user.avatar
    if (avatar === null) delete user.avatar
    else user.avatar = avatar
    forget(state, before)
  }
  return userSummary(user)
}

function addAvatar(state: MemoryState, avatar: StoredAvatar, at: number, unusedSince: number): string {
  for (const known of [...state.avatars.values()]) if (known.at < unusedSince) forget(state, known.id)
  const known = state.avatars.get(avatar.id)
  state.avatars.set(avatar.id, { ...(known ?? avatar), at: Math.max(known?.at ?? 0, at) })
  return known?.file ?? avatar.file
}

function messagesOf(state: MemoryState, user: string): OwnMessage[] {
  return [...state.conversations.values()].flatMap(({ id, messages }) => [...messages.values()].filter(message => message.sender === user).map(message => ({
    conversation: id, seq: message.seq, at: message.at,
    ...(message.content === undefined ? {} : { content: copy(message.content) }),
    ...(message.replyTo === undefined ? {} : { replyTo: message.replyTo }),
    ...(message.editedAt === undefined || message.deletedAt !== undefined ? {} : { editedAt: message.editedAt }),
    ...(message.deletedAt === undefined ? {} : { deletedAt: message.deletedAt }),
  })))
}

function pageOf<T>(items: T[], after: string | undefined, limit: number): { items: T[], next?: string } {
  const from = Number(after ?? 0)
  const page = items.slice(from, from + limit)
  return { items: page, ...(page.length === limit ? { next: String(from + limit) } : {}) }
}

function closeAccount(state: MemoryState, id: string, { erase, successor }: { at: number, erase: boolean, successor?: string }): ClosingResult {
  const user = state.users.get(id)
  if (!user || user.deleted) return { ok: false, code: 'not_found' }
  const others = [...state.users.values()].filter(other => other.id !== id && !other.disabled)
  const named = others.find(other => other.id === successor)
  if (user.role === 'admin' && !named && !others.some(other => other.role === 'admin')) return { ok: false, code: 'last_admin' }
  if (named) named.role = 'admin'
  for (const login of [...state.logins.values()]) if (login.user === id) state.logins.delete(login.id)
  for (const token of [...state.apiTokens.values()]) if (token.user === id) state.apiTokens.delete(token.id)
  for (const [key, user] of [...state.identities]) if (user === id) state.identities.delete(key)
  for (const subscription of [...state.pushSubscriptions.values()]) if (subscription.user === id) state.pushSubscriptions.delete(subscription.endpoint)
  state.notificationSettings.delete(id)
  forgetSecondFactor(state, id)
  state.blocks.delete(id)
  for (const blocked of state.blocks.values()) blocked.delete(id)
  const { avatar, status: _status, hides: _hides, lastSeen: _seen, guest: _guest, ...rest } = user
  const closed = {
    ...rest, username: deletedUsername, usernameKey: retiredName(user.usernameKey), displayName: deletedName, role: 'member' as const, passwordHash: '',
    disabled: true, deleted: true, closing: erase ? 'erase' as const : 'keep' as const,
  }
  state.users.set(id, closed)
  forget(state, avatar)
  return { ok: true, user: userSummary(closed) }
}

export function createMemoryProfiles(state: MemoryState, writes: MemoryWrites): PeopleStore {
  const known = (ids: Iterable<string>) => [...ids].map(id => state.users.get(id)).filter(user => user !== undefined)
  return {
    saveProfile: (user, change) => writes.run(() => saveProfile(state, user, change)),
    saveHidden: (id, hides) => writes.run(() => {
      const user = state.users.get(id)
      if (!user) return
      user.hides = { ...hides }
      if (hides.presence) delete user.lastSeen
    }),
    blockedBy: async user => known(state.blocks.get(user) ?? []).map(userSummary).toSorted((left, right) => left.displayName.localeCompare(right.displayName)),
    blockersOf: async (user, others) => others.filter(other => state.blocks.get(other)?.has(user)),
    addAvatar: (avatar, at, unusedSince) => writes.run(() => addAvatar(state, avatar, at, unusedSince)),
    async avatar(id) {
      const found = state.avatars.get(id)
      return found && { id, file: found.file, mime: found.mime, size: found.size }
    },
    messagesOf: async (user, after, limit) => pageOf(messagesOf(state, user), after, limit),
    filesOf: async (user, after, limit) => pageOf(
      [...state.attachments.values()].filter(file => file.uploader === user).map(({ attachment, at }) => ({ ...attachment, at })), after, limit),
    closeAccount: (user, how) => writes.run(() => closeAccount(state, user, how)),
    closings: async () => [...state.users.values()].filter(user => user.closing !== undefined)
      .map((user): Closing => ({ user: user.id, erase: user.closing === 'erase' })).toSorted((left, right) => compareText(left.user, right.user)),
    finishClosing: id => writes.run(() => void delete state.users.get(id)?.closing),
  }
}
