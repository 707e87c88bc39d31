import { addVitePlugin, defineNuxtModule } from 'nuxt/kit'

/** What every page needs of packages: in one script it compresses better than in ten, and changes less often than ours. */
const framework = /\/node_modules\/(?:vue|@vue|vue-router|nuxt|pinia|@pinia|@intlify|vue-i18n|@nuxtjs|unhead|@unhead|ofetch|destr|ufo|hookable|unctx|h3|devalue|cookie-es|ohash|klona|object-identity|fnv1a-64)\//

/**
 * Of Nuxt's composables only those that are used go to the browser. Its useAsyncData, useFetch and what they need are made by calls at
 * the top of their modules, which a bundler must take for effects: a tenth of the first load, in an app that calls none of them.
 */
export default defineNuxtModule({
  meta: { name: 'lean-client' },
  setup(_options, nuxt) {
    if (nuxt.options.dev) return
    addVitePlugin({
      name: 'parley:lean-client',
      enforce: 'post',
      transform: (code, id) => /\/nuxt\/dist\/app\/(composables\/[\w-]+|index)\.js$/.test(id.split('?')[0] ?? id) ? { code, map: null, moduleSideEffects: false } : undefined,
    }, { server: false })
    nuxt.hook('vite:extendConfig', (config, { isClient }) => {
      if (!isClient) return
      const options = config.build?.rolldownOptions
      const outputs = options?.output === undefined ? [] : [options.output].flat()
      for (const output of outputs) output.codeSplitting = { groups: [{ name: 'framework', test: framework }] }
    })
  },
})
