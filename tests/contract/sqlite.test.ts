import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { openSqliteStore, type SqliteStore } from '#parley/server/storage/sqlite/sqlite-store.ts'
import { storeContract } from '#parley/tests/contract/store.contract.ts'

describe('SQLite store', () => {
  let folder = ''
  let opened = 0
  const stores: SqliteStore[] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-contract-'))
  })
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  storeContract(async () => {
    // What is committed is the same; only sqlite-file.test.ts needs the disk to have it.
    const store = await openSqliteStore({ path: join(folder, `${++opened}.db`), pragmas: { synchronous: 'off' } })
    stores.push(store)
    return store
  })
})
