import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where a program of the system is; undefined: not installed. Debian keeps servers in places that are not in everybody's PATH. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin']
  return folders.map(folder => join(folder, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    }
    catch {
      return false
    }
  })
}

/** Which of these are not installed, as the reason of a test that is skipped. Empty: all are. */
export function missingPrograms(...names: string[]): string {
  const missing = names.filter(name => findProgram(name) === undefined)
  return missing.length === 0 ? '' : ` (skipped: ${missing.join(' and ')} not installed)`
}
