import { access, constants, mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { StoreFigures } from '#parley/server/chat/figures.ts'
import type { Clock, Random, Store } from '#parley/server/chat/ports.ts'
import type { AccountStore } from '#parley/server/auth/ports.ts'
import { ConfigurationError } from '#parley/server/storage/configuration-error.ts'
import { openWorkerStore } from '#parley/server/storage/sqlite/worker/worker-store.ts'

export interface StoreOptions {
  /** `NUXT_DATABASE_URL`; empty = an SQLite file in the data folder. */
  databaseUrl: string
  /** `NUXT_DATA_DIR`; made when missing. */
  dataDir: string
  clock?: Clock
  random?: Random
  /** The store has stopped by itself and takes nothing any more (S5): the process should end. */
  onFailed?: (error: Error) => void
  /** Filled in as the store works. */
  figures?: StoreFigures
}

/** Its whole value stays out of the message: a database address holds a password (A6). */
function checkUrl(databaseUrl: string): void {
  const value = databaseUrl.trim()
  if (value === '') return
  const scheme = URL.canParse(value) ? new URL(value).protocol : undefined
  if (scheme === 'postgres:' || scheme === 'postgresql:') {
    throw new ConfigurationError('NUXT_DATABASE_URL names a PostgreSQL server, which this version cannot use yet; leave it empty for the SQLite file in NUXT_DATA_DIR')
  }
  throw new ConfigurationError(`NUXT_DATABASE_URL is not understood (${scheme ? `scheme ${scheme.slice(0, -1)}` : 'not a URL'}); leave it empty for the SQLite file in NUXT_DATA_DIR`)
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : 'unknown error')

/** Step by step: Node's own recursive form never returns where a parent can be seen but not filled, as under /proc. */
async function makePath(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 })
  }
  catch (error) {
    if (codeOf(error) === 'EEXIST') return
    if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error
    await makePath(dirname(folder))
    await mkdir(folder, { mode: 0o700 })
  }
}

async function openFolder(folder: string): Promise<void> {
  try {
    await makePath(folder)
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  }
  catch (error) {
    throw new ConfigurationError(`the data folder ${folder} cannot be made, read and written (${codeOf(error)})`, { cause: error })
  }
}

/**
 * Opens the store that the settings ask for.
 *
 * @throws ConfigurationError with one line for the person who runs the server
 */
export async function createStore({ databaseUrl, dataDir, clock, random, onFailed, figures }: StoreOptions): Promise<Store & AccountStore> {
  checkUrl(databaseUrl)
  const folder = resolve(dataDir)
  await openFolder(folder)
  return openWorkerStore({ path: join(folder, 'parley.db'), clock, random, onFailed, ...(figures ? { figures } : {}) })
}
