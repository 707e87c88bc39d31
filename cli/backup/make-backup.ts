import { existsSync } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ArchiveWriter, readArchive } from '#parley/cli/backup/archive.ts'
import { manifestText, readManifest, type Manifest } from '#parley/cli/backup/manifest.ts'
import { secretNames } from '#parley/cli/backup/secrets.ts'
import { openWorkFolder, syncFolder } from '#parley/cli/backup/work-folder.ts'
import { CommandError } from '#parley/cli/command-error.ts'
import { previewId } from '#parley/server/attachments/attachments.ts'
import { diskPlace } from '#parley/server/attachments/disk-files.ts'
import { restoredFolder } from '#parley/server/config/data-folder.ts'
import { examine, namedFiles, stillNamed, takeSnapshot } from '#parley/server/storage/sqlite/upkeep.ts'

export interface BackupOptions {
  dataDir: string
  /** Replaced when it is there. */
  target: string
  /** Of this program. */
  version: string
  /** Whether the bytes of files lie in the data folder. */
  withFiles: boolean
  /** Ms since 1970. */
  now: number
}

export interface MadeBackup { bytes: number, files: number, manifest: Manifest }

/**
 * Puts the files into the archive that the snapshot speaks of. Their bytes come before their record and go after it, so all of them are
 * there, but for those that were erased since the snapshot was taken.
 *
 * @returns how many, and ids whose bytes were lost before
 */
async function addFiles(archive: ArchiveWriter, dataDir: string, snapshot: string): Promise<{ files: number, missing: string[] }> {
  const { attachments, pictures } = await namedFiles(snapshot)
  const gone: string[] = []
  let files = 0
  const add = async (id: string): Promise<boolean> => {
    const added = await archive.addFile(`files/${diskPlace(id)}`, join(dataDir, 'files', diskPlace(id)))
    if (added) files++
    return added
  }
  for (const id of [...attachments, ...pictures]) if (!await add(id)) gone.push(id)
  for (const id of attachments) await add(previewId(id))
  const named = gone.length === 0 ? new Set<string>() : await stillNamed(join(dataDir, 'parley.db'), gone)
  return { files, missing: gone.filter(id => named.has(id)) }
}

async function fill(archive: ArchiveWriter, options: BackupOptions, snapshot: string): Promise<Omit<MadeBackup, 'bytes'>> {
  const { dataDir, version, withFiles, now } = options
  const facts = await examine(snapshot)
  await archive.addFile('parley.db', snapshot)
  for (const name of await secretNames(dataDir)) await archive.addFile(`secrets/${name}`, join(dataDir, name))
  const { files, missing } = withFiles ? await addFiles(archive, dataDir, snapshot) : { files: 0, missing: [] }
  const manifest: Manifest = { madeAt: now, parley: version, ...facts, files: withFiles ? 'included' : 'elsewhere', missing }
  await archive.addText('manifest.json', manifestText(manifest))
  await archive.finish()
  return { files, manifest }
}

/** A slip of the hand must not replace something else by a backup. */
async function checkTarget(target: string): Promise<void> {
  const folder = await stat(dirname(target)).catch(() => undefined)
  if (!folder?.isDirectory()) throw new CommandError(`there is no folder ${dirname(target)}`)
  const present = await stat(target).catch(() => undefined)
  if (present === undefined) return
  if (!present.isFile()) throw new CommandError(`${target} is there already, and is no file`)
  await readArchive(target).then(readManifest).catch(() => {
    throw new CommandError(`${target} is there already, and is no whole backup; it is not replaced`)
  })
}

/**
 * Makes a backup of a data folder while a server may be writing to it. It is read back and compared before it gets its name, so under that
 * name there is never half of one.
 *
 * @throws CommandError, ConfigurationError, or what the file system throws
 */
export async function makeBackup(options: BackupOptions): Promise<MadeBackup> {
  const { dataDir, target } = options
  const database = join(dataDir, 'parley.db')
  if (existsSync(join(dataDir, restoredFolder))) throw new CommandError(`a restore of ${dataDir} was interrupted; run "parley restore --finish" first`)
  if (await stat(database).catch(() => undefined) === undefined) throw new CommandError(`there is no database in ${dataDir}; set NUXT_DATA_DIR to the server's data folder`)
  await checkTarget(target)
  const work = await openWorkFolder(target)
  const draft = join(work, 'archive')
  const archive = new ArchiveWriter(draft)
  try {
    const snapshot = join(work, 'parley.db')
    await takeSnapshot(database, snapshot)
    const made = await fill(archive, options, snapshot)
    readManifest(await readArchive(draft))
    const { size } = await stat(draft)
    await rename(draft, target)
    await syncFolder(dirname(target))
    return { ...made, bytes: size }
  }
  finally {
    await archive.abandon()
    await rm(work, { recursive: true, force: true })
  }
}
