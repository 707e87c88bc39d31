import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chown, lstat, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readArchive } from '#parley/cli/backup/archive.ts'
import { readManifest, type Manifest } from '#parley/cli/backup/manifest.ts'
import { CommandError } from '#parley/cli/command-error.ts'
import { decide, discardRestoring, isDecided, openRestoring, swap } from '#parley/cli/restore/swap.ts'
import { beginHistory, examine, holdAlone } from '#parley/server/storage/sqlite/upkeep.ts'

export interface RestoreOptions {
  dataDir: string
  archive: string
  /** Ms since 1970. */
  now: number
  /** Everybody has to log in again. */
  endLogins: boolean
  /** Go on where the present database is so damaged that nobody can tell whether a server has it open. */
  force: boolean
}

/** `aside`: the folder with the old data; undefined where there was none. */
export interface Restored { manifest: Manifest, aside: string | undefined }

/** Where a part of an archive belongs below the data folder. */
const placeOf = (name: string): string | undefined => (name === 'manifest.json' || name === 'SHA256SUMS' ? undefined : name.replace(/^secrets\//, ''))

/** Unpacks and checks everything, and makes of it the beginning of a new history (W4). */
async function prepare({ dataDir, archive, endLogins }: RestoreOptions): Promise<Manifest> {
  const folder = await openRestoring(dataDir)
  const manifest = readManifest(await readArchive(archive, (name) => {
    const place = placeOf(name)
    return place === undefined ? undefined : join(folder, place)
  }))
  const database = join(folder, 'parley.db')
  if (!existsSync(database)) throw new CommandError(`the backup ${archive} holds no database`)
  const { rows, epoch } = await examine(database)
  for (const [table, count] of Object.entries(manifest.rows)) if (rows[table] !== count) throw new CommandError(`the backup ${archive} is damaged: ${table} has ${rows[table] ?? 0} rows instead of ${count}`)
  if (epoch !== manifest.epoch) throw new CommandError(`the backup ${archive} is damaged: it is of another history than it says`)
  // An empty one as well: files of the old history would otherwise stay in their place.
  if (manifest.files === 'included') await mkdir(join(folder, 'files'), { recursive: true, mode: 0o700 })
  await beginHistory(database, randomUUID(), endLogins)
  return manifest
}

async function hold(dataDir: string, force: boolean): Promise<() => void> {
  const release = await holdAlone(join(dataDir, 'parley.db'))
  if (release === undefined && !force) throw new CommandError(`the database in ${dataDir} is too damaged to tell whether a server is running on it; see that none is, and add --force`)
  return release ?? (() => undefined)
}

/** Bytes of a database without a table, as the lock makes one. */
const emptyDatabase = 4096

/** A part that is mounted cannot be put aside by a rename; better told before than in the middle. */
async function checkMounts(dataDir: string): Promise<void> {
  const { dev } = await stat(dataDir)
  for (const name of ['parley.db', 'files']) {
    const part = await lstat(join(dataDir, name)).catch(() => undefined)
    if (part !== undefined && part.dev !== dev) throw new CommandError(`${join(dataDir, name)} is a mount of its own; restore into a folder without one, and move the parts to their places`)
  }
}

const stamp = (at: number): string => new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '')

/** A folder that is not there yet is its parent's owner's, when root makes it. */
async function makeDataDir(dataDir: string): Promise<void> {
  if (existsSync(dataDir)) return
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  if (process.getuid?.() !== 0) return
  const { uid, gid } = await stat(dirname(dataDir))
  await chown(dataDir, uid, gid)
}

async function finish(dataDir: string, release: () => void): Promise<string | undefined> {
  const { aside, release: letServersIn } = await swap(dataDir)
  // While servers are still kept out: closing may touch the log beside the database's name.
  release()
  await letServersIn()
  const old = await readdir(aside)
  const isNothing = old.every(name => name === 'parley.db') && (old.length === 0 || (await stat(join(aside, 'parley.db'))).size <= emptyDatabase)
  if (!isNothing) return aside
  await rm(aside, { recursive: true })
  return undefined
}

/**
 * Puts a backup in place of a data folder on which no server runs. Until everything of it is unpacked and checked the old data stays
 * untouched; afterwards it stands aside.
 *
 * @throws CommandError, ConfigurationError, or what the file system throws
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { dataDir, now, force } = options
  if (isDecided(dataDir)) throw new CommandError(`a restore of ${dataDir} was interrupted; run "parley restore --finish" first`)
  await makeDataDir(dataDir)
  await checkMounts(dataDir)
  const wasEmpty = !existsSync(join(dataDir, 'parley.db'))
  // Where there is no database the lock makes an empty one, so that no server comes in between.
  const release = await hold(dataDir, force)
  try {
    const manifest = await prepare(options)
    await decide(dataDir, `before-restore-${stamp(now)}`)
    return { manifest, aside: await finish(dataDir, release) }
  }
  catch (error) {
    if (!isDecided(dataDir)) {
      await discardRestoring(dataDir)
      release()
      if (wasEmpty) for (const name of ['parley.db', 'parley.db-journal']) await rm(join(dataDir, name), { force: true })
    }
    throw error
  }
}

/**
 * Goes on where a restore was interrupted after it was decided.
 *
 * @returns the folder with the old data
 */
export async function finishRestore(dataDir: string): Promise<string | undefined> {
  if (!isDecided(dataDir)) throw new CommandError(`no restore of ${dataDir} was interrupted`)
  // A server cannot have started since; one that ran before would have kept the restore from being decided.
  return finish(dataDir, () => undefined)
}
