import { join } from 'node:path'
import type { AccountStore } from '#parley/server/auth/ports.ts'
import type { Store } from '#parley/server/chat/ports.ts'
import { createStore as createRealStore } from '#parley/server/storage/create-store.ts'
import type { StoreOptions } from '#parley/server/storage/create-store.ts'
import { createFailpoints } from '#parley/tests/helpers/test-build/failpoints.ts'

/** The real SQLite store has it beside what the port promises. */
interface WithPragma { pragma(text: string): Promise<unknown> }

/** SIGUSR2 fills the disk, and the next one makes room again: SQLite finds no further page to write to (K13). */
function fillOnSignal(store: Store): void {
  const { pragma } = store as Store & Partial<WithPragma>
  let full = false
  const turn = async () => {
    full = !full
    await pragma?.(`max_page_count = ${full ? Number(await pragma('page_count')) : 1_073_741_823}`)
    process.stdout.write(`test build: the disk is ${full ? 'full' : 'roomy'}\n`)
  }
  process.on('SIGUSR2', () => void turn())
}

/** Keeps what LogStore.append promises: calls commit in call order, and those that wait behind a failed one fail with it. */
function inLine(append: Store['append']): Store['append'] {
  let tail: Promise<unknown> = Promise.resolve()
  let waiting = 0
  let failure: { error: unknown } | undefined
  return async (request) => {
    waiting += 1
    const turn = tail.then(() => {
      if (failure !== undefined) throw failure.error
      return append(request)
    })
    tail = turn.catch((error: unknown) => {
      failure = { error }
    })
    try {
      return await turn
    }
    finally {
      if (--waiting === 0) failure = undefined
    }
  }
}

/** What server/plugins/chat.ts gets in a test build instead of server/storage/create-store.ts: the real store, with failpoints around it. */
export async function createStore(options: StoreOptions): Promise<Store & AccountStore> {
  const store = await createRealStore(options)
  const reach = createFailpoints()
  const passing = process.env['PARLEY_FAILPOINTS'] !== undefined
  process.stdout.write(`test build: data in ${join(options.dataDir)}\n`)
  fillOnSignal(store)
  if (!passing) return store
  return {
    ...store,
    append: inLine(async (request) => {
      await reach('before-commit')
      const result = await store.append(request)
      await reach('after-commit')
      return result
    }),
    async heads(user) {
      await reach('before-heads')
      return store.heads(user)
    },
  }
}
