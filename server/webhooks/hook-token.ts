import { createHash, randomBytes } from 'node:crypto'

/** 256 random bits, as they stand in the address of an incoming webhook and as the secret of an outgoing one. */
export const makeHookToken = (): string => randomBytes(32).toString('base64url')

/** Stored instead of the token. Plain SHA-256 is right here: what cannot be guessed needs no slow hash. */
export const hookHash = (token: string): string => createHash('sha256').update(token).digest('base64url')
