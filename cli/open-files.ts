import { join } from 'node:path'
import { commandLog } from '#parley/cli/command-log.ts'
import { openDiskFiles } from '#parley/server/attachments/disk-files.ts'
import type { FileStore } from '#parley/server/attachments/ports.ts'
import { openS3Files } from '#parley/server/attachments/s3-files.ts'
import type { Places } from '#parley/server/config/settings.ts'
import { systemClock as clock, systemRandom as random } from '#parley/server/config/system.ts'

/** Where the bytes of files lie. What is on its way has a folder of its own: the server empties its one at every start, and so do we. */
export function openFileStore({ dataDir, s3 }: Places): Promise<FileStore> {
  if (s3 === undefined) return openDiskFiles(join(dataDir, 'files'), 'incoming-command-line')
  const { prefix, ...account } = s3
  return openS3Files({ account, prefix, spool: join(dataDir, 'spool-command-line'), clock, random, log: commandLog })
}
