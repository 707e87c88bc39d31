import type { StoreStatus } from '#parley/shared/protocol/index.ts'

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html); node:sqlite gives extended ones, whose low byte this is. */
const codes = { busy: 5, locked: 6, readOnly: 8, ioError: 10, corrupt: 11, full: 13, cantOpen: 14, notADatabase: 26 } as const

function primaryCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined
  return typeof code === 'number' ? code & 0xFF : undefined
}

/** Somebody else holds the file. */
export const isBusy = (error: unknown): boolean => {
  const code = primaryCode(error)
  return code === codes.busy || code === codes.locked
}

/** The file is no database, or no longer one. */
export const isDamaged = (error: unknown): boolean => {
  const code = primaryCode(error)
  return code === codes.corrupt || code === codes.notADatabase
}

/** The file or its folder cannot be read or written. */
export const isInaccessible = (error: unknown): boolean => {
  const code = primaryCode(error)
  return code === codes.cantOpen || code === codes.readOnly
}

/**
 * What a failed statement before COMMIT means to the senders (S4); undefined: nothing that waiting would heal. Nothing of the
 * transaction is committed in any case.
 */
export function statementTrouble(error: unknown): Exclude<StoreStatus, 'ok'> | undefined {
  if (isBusy(error)) return 'busy'
  const code = primaryCode(error)
  // A disk that refuses to be written stands beside a full one: the sender waits, the operator acts.
  return code === codes.full || code === codes.ioError || code === codes.readOnly ? 'full' : undefined
}

/**
 * The same for COMMIT itself. After an input/output error the commit record may or may not be on disk, so its fate is unknown. A full
 * disk is not in doubt for the sender: the op is tried again, and its cid settles the rare case that the record did get through.
 */
export function commitTrouble(error: unknown): Exclude<StoreStatus, 'ok'> | undefined {
  if (isBusy(error)) return 'busy'
  return primaryCode(error) === codes.full ? 'full' : undefined
}
