import { randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isVapidKey, makeVapidKey } from '#parley/server/push/vapid.ts'
import { SettingError } from '#parley/server/config/settings.ts'

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : String(error))

/** Not `recursive: true`: on a file system that refuses folders with ENOENT, as /proc does, Node then tries for ever. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
}

/** Below the data folder: what a restore has ready to be put in place. While it is there the data folder is neither the old nor the new one. */
export const restoredFolder = 'restored'

/**
 * Makes the data folder, for this user only, or checks the one that is there.
 *
 * @throws SettingError when it cannot be read and written
 */
export function openDataFolder(path: string): void {
  try {
    makeFolder(path)
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
  }
  catch (error) {
    throw new SettingError('NUXT_DATA_DIR', `the data folder ${path} cannot be read and written (${codeOf(error)})`)
  }
  if (existsSync(join(path, restoredFolder))) throw new SettingError('NUXT_DATA_DIR', `a restore of ${path} was interrupted; run "parley restore --finish"`)
}

/**
 * A secret that is made on first run and kept in the data folder for its owner only. `wx` makes the first of two starting processes win;
 * the other then reads what was written.
 */
export function keptSecret(path: string, make: () => string): string {
  try {
    writeFileSync(path, `${make()}\n`, { mode: 0o600, flag: 'wx' })
  }
  catch (error) {
    if (codeOf(error) !== 'EEXIST') throw new SettingError('NUXT_DATA_DIR', `cannot write ${path} (${codeOf(error)})`)
  }
  try {
    return readFileSync(path, 'utf8').trim()
  }
  catch (error) {
    throw new SettingError('NUXT_DATA_DIR', `cannot read ${path} (${codeOf(error)})`)
  }
}

/**
 * The secret that seals login cookies.
 *
 * @throws SettingError
 */
export function sessionSecret(dataDir: string): string {
  const path = join(dataDir, 'session-password')
  const secret = keptSecret(path, () => randomBytes(32).toString('base64url'))
  if (secret.length < 32) throw new SettingError('NUXT_DATA_DIR', `${path} is damaged; remove it to have a new one made (everybody logs in again)`)
  return secret
}

/**
 * The key by which push services know this server.
 *
 * @throws SettingError
 */
export function vapidSecret(dataDir: string): string {
  const path = join(dataDir, 'vapid-private-key')
  const secret = keptSecret(path, makeVapidKey)
  if (!isVapidKey(secret)) throw new SettingError('NUXT_DATA_DIR', `${path} is damaged; remove it to have a new one made (browsers subscribe again when they are next used)`)
  return secret
}
