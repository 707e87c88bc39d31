import { existsSync } from 'node:fs'
import { chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder } from '#parley/cli/backup/work-folder.ts'
import { CommandError } from '#parley/cli/command-error.ts'
import { restoredFolder } from '#parley/server/config/data-folder.ts'

/**
 * How a data folder is replaced:
 *
 *     restoring/ filled and synced ──rename──► restored/ ──each part: old one aside, new one in place──► restored/ removed
 *
 * Before the rename nothing has happened; a restore that ends there leaves the old data as it was. After it the restore is decided: a
 * server refuses to start, and `finish` can be run as often as it is interrupted, because what is still to be done is what is still in
 * `restored/`.
 */

const restoringFolder = 'restoring'
/** In `restored/`: where the old data goes. */
const planName = 'aside'

/** A new, empty place for what is restored. */
export async function openRestoring(dataDir: string): Promise<string> {
  const folder = join(dataDir, restoringFolder)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { mode: 0o700 })
  return folder
}

export const discardRestoring = (dataDir: string): Promise<void> => rm(join(dataDir, restoringFolder), { recursive: true, force: true })

/** Restored by root, for a server that is not. */
async function giveTo(path: string, { uid, gid }: { uid: number, gid: number }): Promise<void> {
  await chown(path, uid, gid)
  if (!(await stat(path)).isDirectory()) return
  for (const name of await readdir(path)) await giveTo(join(path, name), { uid, gid })
}

async function syncAll(path: string): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) if (entry.isDirectory()) await syncAll(join(path, entry.name))
  await syncFolder(path)
}

/** From here on the restore counts. @param aside name of the folder for the old data, below the data folder */
export async function decide(dataDir: string, aside: string): Promise<void> {
  const restoring = join(dataDir, restoringFolder)
  await writeFile(join(restoring, planName), aside, { flush: true })
  if (process.getuid?.() === 0) await giveTo(restoring, await stat(dataDir))
  await syncAll(restoring)
  await rename(restoring, join(dataDir, restoredFolder))
  await syncFolder(dataDir)
}

export const isDecided = (dataDir: string): boolean => existsSync(join(dataDir, restoredFolder))

async function putAside(dataDir: string, aside: string, name: string): Promise<void> {
  if (existsSync(join(dataDir, name))) await rename(join(dataDir, name), join(aside, name))
}

/** @returns the folder with the old data, and what takes away the mark that keeps servers from starting */
export async function swap(dataDir: string): Promise<{ aside: string, release: () => Promise<void> }> {
  const restored = join(dataDir, restoredFolder)
  const plan = await readFile(join(restored, planName), 'utf8').catch(() => '')
  if (!/^before-restore-\w+$/.test(plan)) throw new CommandError(`${restored} is not what a restore leaves; look into it`)
  const aside = join(dataDir, plan)
  await mkdir(aside, { recursive: true, mode: 0o700 })
  for (const entry of (await readdir(restored)).filter(name => name !== planName)) {
    // The old log must not be played back into the new database.
    if (entry === 'parley.db') for (const log of ['parley.db-wal', 'parley.db-shm']) await putAside(dataDir, aside, log)
    await putAside(dataDir, aside, entry)
    await syncFolder(aside)
    await rename(join(restored, entry), join(dataDir, entry))
    await syncFolder(dataDir)
  }
  return {
    aside,
    async release() {
      await rm(restored, { recursive: true })
      await syncFolder(dataDir)
    },
  }
}
