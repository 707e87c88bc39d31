import type { Reaction } from '#parley/shared/model.ts'

/** Reactions with one more or one less; unchanged when it has no effect. An emoji without users is gone and comes back last. */
export function applyReaction(reactions: readonly Reaction[], emoji: string, user: string, on: boolean): Reaction[] {
  const present = reactions.find(reaction => reaction.emoji === emoji)
  if (!present) return on ? [...reactions, { emoji, users: [user] }] : [...reactions]
  if (present.users.includes(user) === on) return [...reactions]
  const users = on ? [...present.users, user] : present.users.filter(other => other !== user)
  return reactions.map(reaction => (reaction === present ? { emoji, users } : reaction)).filter(reaction => reaction.users.length > 0)
}
