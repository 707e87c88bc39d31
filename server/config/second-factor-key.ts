import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { keptSecret } from '#parley/server/config/data-folder.ts'
import { SettingError } from '#parley/server/config/settings.ts'

/**
 * The key that seals the secrets of second factors (A11). Not the one of the login cookies: that can be replaced whenever somebody wants to
 * log everybody out, and this one cannot without taking everybody's second factor away.
 *
 * @throws SettingError
 */
export function secondFactorKey(dataDir: string): string {
  const path = join(dataDir, 'second-factor-key')
  const key = keptSecret(path, () => randomBytes(32).toString('base64url'))
  if (Buffer.from(key, 'base64url').length === 32) return key
  throw new SettingError('NUXT_DATA_DIR', `${path} is damaged; restore it from a backup, or remove it (then only recovery codes and admins help those with a second factor)`)
}
