import { resolve } from 'node:path'
import { defineAct, say } from '#parley/cli/act.ts'
import { readArchive } from '#parley/cli/backup/archive.ts'
import { readManifest, type Manifest } from '#parley/cli/backup/manifest.ts'
import { CommandError } from '#parley/cli/command-error.ts'
import { finishRestore, restoreBackup } from '#parley/cli/restore/restore-backup.ts'
import { dataDirOption, placesOf } from '#parley/cli/settings.ts'

const facts = ({ madeAt, rows, parley }: Manifest): string =>
  `of ${new Date(madeAt).toISOString()}, ${rows['messages'] ?? 0} messages, ${rows['users'] ?? 0} accounts, made by version ${parley}`

const oldData = (dataDir: string, aside: string | undefined): string =>
  aside === undefined ? '' : ` What was in ${dataDir} before is in ${aside}; remove it when you miss nothing.`

export const restore = defineAct({ name: 'restore', description: 'Puts a backup in place of a data folder on which no server runs; clients start afresh and keep what they have not sent yet' }, {
  'file': { type: 'positional', required: false, description: 'The backup' },
  'check': { type: 'boolean', description: 'Only read the backup and check every byte of it' },
  'end-logins': { type: 'boolean', description: 'Everybody has to log in again, also those whose log-in was ended after the backup was made' },
  'force': { type: 'boolean', description: 'Go on where the present database is too damaged to tell whether a server has it open' },
  'finish': { type: 'boolean', description: 'Finish a restore that was interrupted' },
  ...dataDirOption,
}, async (args) => {
  process.umask(0o077)
  const { dataDir, s3 } = placesOf(args['data-dir'])
  if (args.finish) {
    say(`Restored.${oldData(dataDir, await finishRestore(dataDir))}`)
    return
  }
  if (args.file === undefined) throw new CommandError('which backup? See --help')
  const archive = resolve(args.file)
  if (args.check) {
    say(`${archive} is whole: ${facts(readManifest(await readArchive(archive)))}`)
    return
  }
  const { manifest, aside } = await restoreBackup({ dataDir, archive, now: Date.now(), endLogins: args['end-logins'] === true, force: args.force === true })
  say(`Restored the backup ${facts(manifest)}.${oldData(dataDir, aside)}`)
  if (manifest.files === 'elsewhere' && s3 === undefined) say('Its uploaded files lie in an object storage: set NUXT_S3_… as the server that it was made of.')
  if (manifest.files === 'included' && s3 !== undefined) say(`Its uploaded files are in ${dataDir}/files, but NUXT_S3_… is set: copy them into the bucket under the same names.`)
})
