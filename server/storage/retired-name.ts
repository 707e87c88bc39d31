import { createHash } from 'node:crypto'

/** Stands for the user name of a deleted account, so that nobody else gets it and becomes who others take for its owner, and nobody reads it either. */
export const retiredName = (usernameKey: string): string => `retired ${createHash('sha256').update(usernameKey).digest('base64url')}`
