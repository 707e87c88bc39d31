import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'

/** `20261123T131500Z`: sorts by time, and no file system minds it. */
const stamp = (at: number): string => new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '')

const stemOf = (file: string): string => basename(file, extname(file))

/** The name of a backup in a row of them: `parley.tar` becomes `parley-20261123T131500Z.tar`. */
export const datedName = (file: string, at: number): string => join(dirname(file), `${stemOf(file)}-${stamp(at)}${extname(file)}`)

/** Removes all but the newest backups of a row. @returns the names that were removed */
export async function rotate(file: string, keep: number): Promise<string[]> {
  const [stem, extension] = [`${stemOf(file)}-`, extname(file)]
  const row = (await readdir(dirname(file))).filter(name => name.startsWith(stem) && name.endsWith(extension) && /^\d{8}T\d{6}Z$/.test(name.slice(stem.length, name.length - extension.length))).sort()
  const old = row.slice(0, Math.max(0, row.length - keep))
  for (const name of old) await rm(join(dirname(file), name))
  return old
}
