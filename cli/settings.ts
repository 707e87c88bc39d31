import { CommandError } from '#parley/cli/command-error.ts'
import { readPlaces, type Places } from '#parley/server/config/settings.ts'

const keys = ['dataDir', 'databaseUrl', 's3Endpoint', 's3Bucket', 's3Region', 's3AccessKeyId', 's3SecretAccessKey', 's3Prefix'] as const
const variableOf = (key: string): string => `NUXT_${key.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}`

/** Said by every command that works on a data folder. */
export const dataDirOption = { 'data-dir': { type: 'string', valueHint: 'folder', description: 'The server\'s data folder; NUXT_DATA_DIR by default, else .data' } } as const

/**
 * Where a server of these environment variables keeps what it has.
 *
 * @throws SettingError, CommandError
 */
export function placesOf(dataDir: string | undefined): Places {
  const variables = Object.fromEntries(keys.map(key => [key, process.env[variableOf(key)] ?? '']))
  // Nothing is uploaded from here.
  const raw = { ...variables, uploadLimit: 1 }
  const places = readPlaces(dataDir === undefined ? raw : { ...raw, dataDir })
  if (places.databaseUrl !== '') throw new CommandError('NUXT_DATABASE_URL is set; this command knows the SQLite file of a data folder only')
  return places
}
