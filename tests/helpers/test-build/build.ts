import { join } from 'node:path'
import { buildNuxt, loadNuxt } from 'nuxt/kit'

/**
 * Makes the test build in `.output-test`: the same sources, but the composition root and the store's threads get some of their parts from this folder. So
 * nothing for tests stands in the product, and the production build cannot hold any of it.
 */
const root = join(import.meta.dirname, '..', '..', '..')
const replaced: [importer: string, source: string, file: string][] = [
  ['/server/plugins/chat.ts', '#parley/server/storage/create-store.ts', 'create-store.ts'],
  ['/server/plugins/chat.ts', '#parley/server/config/system.ts', 'system.ts'],
  ['/server/storage/sqlite/worker/thread-entry.ts', '#parley/server/storage/sqlite/worker/entry.ts', 'store-thread.ts'],
]

const nuxt = await loadNuxt({
  cwd: root,
  dev: false,
  overrides: {
    buildDir: join(root, '.nuxt-test'),
    nitro: {
      output: { dir: join(root, '.output-test') },
      compressPublicAssets: false,
      rollupConfig: {
        output: {},
        plugins: [{
          name: 'parley-test-build',
          resolveId: {
            order: 'pre',
            handler(source: string, importer?: string) {
              const file = replaced.find(([from, wanted]) => source === wanted && importer?.endsWith(from))?.[2]
              return file && join(import.meta.dirname, file)
            },
          },
        }],
      },
    },
  },
})
await buildNuxt(nuxt)
await nuxt.close()
