/** Names that the composer keeps for itself: a webhook's command of that name is not reached from it (U-P14). */
export const builtInNames = ['help', 'topic', 'rename', 'invite', 'mute', 'unmute', 'leave'] as const
export type BuiltInName = (typeof builtInNames)[number]
