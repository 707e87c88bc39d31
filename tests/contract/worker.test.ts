import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { openWorkerStore, type WorkerStore } from '#parley/server/storage/sqlite/worker/worker-store.ts'
import { storeContract } from '#parley/tests/contract/store.contract.ts'

describe('SQLite store in threads', () => {
  let folder = ''
  let opened = 0
  const stores: WorkerStore[] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-threads-'))
  })
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  storeContract(async () => {
    const store = await openWorkerStore({ path: join(folder, `${++opened}.db`), pragmas: { synchronous: 'off' } })
    stores.push(store)
    return store
  })
})
