import { posix, resolve } from 'node:path'
import { defineNuxtModule } from 'nuxt/kit'
import type { Plugin } from 'rollup'
import { bundleThread } from '#parley/modules/store-threads/bundle.ts'

const placeModule = '/server/storage/sqlite/worker/thread-entry.ts'
const place = 'new URL(\'./entry.ts\', import.meta.url)'
const entry = '#parley/server/storage/sqlite/worker/entry.ts'

const fileName = 'chunks/store-thread.mjs'
/** Stands for the place until it is known which chunk names it: Nitro rewrites every `import.meta` before that. */
const mark = '__PARLEY_STORE_THREAD__'

const threadPlugin = (): Plugin => ({
  name: 'parley-store-threads',
  async transform(code, id) {
    if (!id.endsWith(placeModule)) return null
    const found = await this.resolve(entry, id)
    if (!found || !code.includes(place)) return this.error(`${id} does not say where the store's threads begin`)
    const bundle = await bundleThread(found.id)
    for (const source of bundle.sources) this.addWatchFile(resolve(source))
    this.emitFile({ type: 'asset', fileName, source: bundle.code })
    return { code: code.replace(place, mark), map: null }
  },
  renderChunk: {
    order: 'post',
    handler(code, chunk) {
      if (!code.includes(mark)) return null
      const path = posix.relative(posix.dirname(chunk.fileName), fileName)
      return { code: code.replace(mark, `new URL('./${path}', import.meta.url)`), map: null }
    },
  },
})

/**
 * Puts the code of the store's threads beside the server. Nitro knows no workers: it would leave the expression that names their first
 * module as it stands, pointing to a source that is not shipped. A chunk of Nitro's own build would not do either: it would share modules
 * with the server's main chunk, and loading that would start a second server inside the thread.
 */
export default defineNuxtModule({
  meta: { name: 'parley-store-threads' },
  setup(_options, nuxt) {
    nuxt.hook('nitro:init', (nitro) => {
      nitro.hooks.hook('rollup:before', (_nitro, config) => {
        // First of all: later ones make other code of the expression that it looks for.
        config.plugins = [threadPlugin(), config.plugins]
      })
    })
  },
})
