import { foldText } from '#parley/shared/fold.ts'
import type { Invite, OpenConversation } from '#parley/shared/http.ts'
import type { InviteStore } from '#parley/server/chat/invite-port.ts'
import type { MemoryConversation, MemoryInvite, MemoryState } from '#parley/server/storage/memory/state.ts'
import type { MemoryWrites } from '#parley/server/storage/memory/writes.ts'

/** Whether the one who made it could make it now. */
function stands(state: MemoryState, { creator, registers, conversation }: MemoryInvite): boolean {
  const maker = state.users.get(creator)
  const place = conversation === undefined ? undefined : state.conversations.get(conversation)
  const leads = place && !place.closed && ['owner', 'admin'].includes(place.members.get(creator)?.role ?? '')
  return maker !== undefined && !maker.disabled && (!registers || maker.role === 'admin') && (conversation === undefined || leads === true)
}

/** The invite with this hash if it counts for this user. */
export function findInvite(state: MemoryState, hash: string, now: number, user?: string): MemoryInvite | undefined {
  const invite = [...state.invites.values()].find(other => other.hash === hash)
  if (!invite || (invite.expiresAt ?? Infinity) <= now || !stands(state, invite)) return undefined
  const left = invite.uses < (invite.maxUses ?? Infinity) || (user !== undefined && invite.users.get(user) === false)
  return left ? invite : undefined
}

/** Counts a use; registering and then joining by one invite is one. */
export function useInvite(invite: MemoryInvite, user: string, joined: boolean): void {
  if (invite.users.get(user) !== false) invite.uses++
  invite.users.set(user, invite.users.get(user) === false || joined)
}

const recordOf = ({ hash: _hash, users: _users, ...invite }: MemoryInvite): Invite => ({ ...invite })

const openOf = ({ id, kind, title, topic, members }: MemoryConversation, user: string | undefined): OpenConversation =>
  ({ id, kind, title, ...(topic ? { topic } : {}), memberCount: members.size, member: user !== undefined && members.has(user) })

export function createMemoryInvites(state: MemoryState, writes: MemoryWrites): InviteStore {
  return {
    createInvite: (invite, audit) => writes.run(() => {
      for (const other of state.invites.values()) if ((other.expiresAt ?? Infinity) <= invite.createdAt) state.invites.delete(other.id)
      state.invites.set(invite.id, { ...invite, uses: 0, users: new Map() })
      if (audit) state.audit.push(structuredClone(audit))
    }),
    async inviteByHash(hash, now, user) {
      const invite = findInvite(state, hash, now, user)
      const place = invite?.conversation === undefined ? undefined : state.conversations.get(invite.conversation)
      return invite && { invite: recordOf(invite), ...(place ? { conversation: openOf(place, user) } : {}) }
    },
    invitesOf: async (conversation, now) =>
      [...state.invites.values()].filter(invite => invite.conversation === conversation && (invite.expiresAt ?? Infinity) > now).toReversed().map(recordOf),
    revokeInvite: (conversation, id, audit) => writes.run(() => {
      const invite = state.invites.get(id)
      if (invite === undefined || invite.conversation !== conversation) return false
      if (audit) state.audit.push(structuredClone(audit))
      return state.invites.delete(id)
    }),
    async publicConversations(user, query, limit) {
      const part = foldText(query.trim())
      const found = [...state.conversations.values()].filter(({ public: isPublic, closed, title, topic = '' }) => isPublic && !closed && foldText(`${title}\n${topic}`).includes(part))
      return found.toSorted((left, right) => right.members.size - left.members.size).slice(0, limit).map(conversation => openOf(conversation, user))
    },
  }
}
