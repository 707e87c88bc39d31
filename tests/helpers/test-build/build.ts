import { join } from 'node:path'
import { buildNuxt, loadNuxt } from 'nuxt/kit'

/**
 * Makes the test build in `.output-test`: the same sources, but server/plugins/chat.ts gets some of its parts from this folder. So
 * nothing for tests stands in the product, and the production build cannot hold any of it.
 */
const root = join(import.meta.dirname, '..', '..', '..')
const replaced: Record<string, string> = {
  '#parley/server/storage/create-store.ts': join(import.meta.dirname, 'create-store.ts'),
  '#parley/server/config/system.ts': join(import.meta.dirname, 'system.ts'),
}

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
            handler: (source: string, importer?: string) => importer?.endsWith('/server/plugins/chat.ts') ? replaced[source] : undefined,
          },
        }],
      },
    },
  },
})
await buildNuxt(nuxt)
await nuxt.close()
