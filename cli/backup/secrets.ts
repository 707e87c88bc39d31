import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** More than any key; what is larger was put there by somebody. */
const mostBytes = 64 * 1024

/** Files of the data folder that are no secrets: the database with its logs, notes about backups. */
const others = /^(?:parley\.db.*|last-backup\.json.*|\..*)$/

/**
 * Names of the small files that stand in the data folder beside the database: generated secrets. They belong into a backup: without them
 * everybody is logged out, browsers are not notified any more, and what is sealed with them stays sealed.
 */
export async function secretNames(dataDir: string): Promise<string[]> {
  const names: string[] = []
  for (const name of await readdir(dataDir)) {
    const found = others.test(name) ? undefined : await stat(join(dataDir, name))
    if (found?.isFile() && found.size <= mostBytes && /^[\w-][\w.-]*$/.test(name)) names.push(name)
  }
  return names.sort()
}
