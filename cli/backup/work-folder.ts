import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

const isAlive = (pid: number): boolean => {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  }
  catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * A folder beside a file that is being made, on its file system, so that a rename puts it in place. What an earlier process left that was
 * killed is removed.
 */
export async function openWorkFolder(target: string): Promise<string> {
  const [folder, name] = [dirname(target), basename(target)]
  for (const entry of await readdir(folder)) {
    const pid = entry.startsWith(`.${name}.partial-`) ? Number(entry.slice(name.length + 10)) : Number.NaN
    if (Number.isSafeInteger(pid) && !isAlive(pid)) await rm(join(folder, entry), { recursive: true, force: true })
  }
  const work = join(folder, `.${name}.partial-${process.pid}`)
  await mkdir(work, { mode: 0o700 })
  return work
}

/** A rename is on disk only once its folder is synced. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  }
  finally {
    await folder.close()
  }
}
