import { fileURLToPath } from 'node:url'
import { defineNuxtModule } from 'nuxt/kit'
import { join } from 'node:path'
import { bundleCommandLine } from '#parley/modules/command-line/bundle.ts'

const entry = fileURLToPath(new URL('../../cli/parley.ts', import.meta.url))

/** Puts the command line beside the built server, as `.output/cli/parley.mjs`: where only the build is shipped it is there too. */
export default defineNuxtModule({
  meta: { name: 'parley-command-line' },
  setup(_options, nuxt) {
    if (nuxt.options.dev) return
    nuxt.hook('nitro:init', (nitro) => {
      nitro.hooks.hook('compiled', () => bundleCommandLine(entry, join(nitro.options.output.dir, 'cli')))
    })
  },
})
