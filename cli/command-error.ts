import { FileStoreFull, FileStoreUnavailable } from '#parley/server/attachments/ports.ts'
import { StoreUnavailable } from '#parley/server/chat/ports.ts'
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
const everyday = new Set(['ENOENT', 'EACCES', 'EPERM', 'EEXIST', 'ENOSPC', 'EDQUOT', 'EROFS', 'EISDIR', 'ENOTDIR', 'EXDEV', 'EPIPE'])

const isEveryday = (error: Error): boolean => 'code' in error && everyday.has(String(error.code))

const expected = [CommandError, SettingError, ConfigurationError, FileStoreFull, FileStoreUnavailable]

/** One line for what can be mended, a stack for what is our own fault. */
export function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof StoreUnavailable) return error.status === 'full' ? 'the disk of the data folder is full' : 'the database is held by another process; try again'
  return isEveryday(error) || expected.some(kind => error instanceof kind) ? error.message : error.stack ?? error.message
}
