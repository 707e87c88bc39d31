import { SettingError } from '#parley/server/config/settings.ts'
import { ConfigurationError } from '#parley/server/storage/configuration-error.ts'

/** What the person at the command line can mend; its message is one line. */
export class CommandError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CommandError'
  }
}

/** System errors that tell of a path, a disk or a right, and not of a fault in the program. */
const everyday = new Set(['ENOENT', 'EACCES', 'EPERM', 'EEXIST', 'ENOSPC', 'EDQUOT', 'EROFS', 'EISDIR', 'ENOTDIR', 'EXDEV'])

const isEveryday = (error: Error): boolean => 'code' in error && everyday.has(String(error.code))

/** One line for what can be mended, a stack for what is our own fault. */
export function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const expected = error instanceof CommandError || error instanceof SettingError || error instanceof ConfigurationError || isEveryday(error)
  return expected ? error.message : error.stack ?? error.message
}
