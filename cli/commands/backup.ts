import { isAbsolute, resolve } from 'node:path'
import { defineAct, say } from '#parley/cli/act.ts'
import { makeBackup } from '#parley/cli/backup/make-backup.ts'
import { datedName, rotate } from '#parley/cli/backup/rotation.ts'
import { CommandError } from '#parley/cli/command-error.ts'
import { dataDirOption, placesOf } from '#parley/cli/settings.ts'
import { sizeText } from '#parley/cli/size-text.ts'
import manifest from '#parley/package.json' with { type: 'json' }
import { writeBackupRecord } from '#parley/server/config/backup-record.ts'

const count = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new CommandError(`--keep ${text}: not a whole number of at least 1`)
  return Number(text)
}

export const backup = defineAct({ name: 'backup', description: 'Makes a verified backup while the server runs: database, secrets and uploaded files' }, {
  file: { type: 'positional', required: true, description: 'The file to write, such as /backups/parley.tar; an older backup there is replaced' },
  keep: { type: 'string', valueHint: 'n', description: 'Add the time to the file\'s name, and keep the n newest of them' },
  ...dataDirOption,
}, async (args) => {
  const { dataDir, s3 } = placesOf(args['data-dir'])
  process.umask(0o077)
  const keep = count(args.keep)
  const now = Date.now()
  const file = isAbsolute(args.file) ? args.file : resolve(args.file)
  const target = keep === undefined ? file : datedName(file, now)
  const made = await makeBackup({ dataDir, target, version: manifest.version, withFiles: s3 === undefined, now })
  writeBackupRecord(dataDir, { madeAt: now, file: target, bytes: made.bytes })
  say(`${target}: ${sizeText(made.bytes)}, ${made.manifest.rows['messages'] ?? 0} messages, ${made.files} files; read back and found good`)
  if (s3 !== undefined) say('Uploaded files lie in the object storage and are not part of it.')
  if (made.manifest.missing.length > 0) process.stderr.write(`parley: ${made.manifest.missing.length} files were gone from the data folder already; manifest.json names them\n`)
  if (keep !== undefined) for (const name of await rotate(file, keep)) say(`removed ${name}`)
})
