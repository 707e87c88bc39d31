import { createHash, randomInt } from 'node:crypto'

/** How many a user gets at a time. */
const recoveryCodeCount = 10

/** Letters and digits that nobody mistakes for each other when reading them from paper. */
const alphabet = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789'
const [groups, groupLength] = [4, 4]

const makeCode = (): string => Array.from({ length: groups }, () =>
  Array.from({ length: groupLength }, () => alphabet[randomInt(alphabet.length)]!).join('')).join('-')

/** Ten codes of 79 bits each (A11); they are shown once. */
export const makeRecoveryCodes = (): string[] => Array.from({ length: recoveryCodeCount }, makeCode)

const bare = (text: string): string => text.toUpperCase().replace(/[^A-Z0-9]/g, '')

/** Whether a text could be one; case and dashes do not matter. */
export const isRecoveryCode = (text: string): boolean => bare(text).length === groups * groupLength

/**
 * Stored instead of a code. Plain SHA-256 is right here: 79 random bits cannot be guessed, also by who has the database. Not keyed: where
 * the key of the sealed secrets is lost, these codes are the way in.
 */
export const recoveryCodeHash = (code: string): string => createHash('sha256').update(bare(code)).digest('base64url')
