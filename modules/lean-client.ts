import { join } from 'node:path'
import { addVitePlugin, defineNuxtModule } from 'nuxt/kit'

const ownRoot = join(import.meta.dirname, '..')

/** What every page needs of packages: in one script it compresses better than in ten, and changes less often than ours. */
const framework = /\/node_modules\/(?:vue|@vue|vue-router|nuxt|pinia|@pinia|@intlify|vue-i18n|@nuxtjs|unhead|@unhead|ofetch|destr|ufo|hookable|unctx|h3|devalue|cookie-es|ohash|klona|object-identity|fnv1a-64)\//

/** Pages of the logged-in part: who sees one sees another at the next click, and waits for no script then. */
const chatPage = /\/pages\/chat(?:\/[^/?]+)?\.vue$/

interface ModuleNode { readonly isEntry: boolean, readonly importedIds: readonly string[] }

/** Modules that the pages of the chat need at once and the entry does not: imports are followed, dynamic ones are not. */
function chatModules(ids: readonly string[], nodeOf: (id: string) => ModuleNode | null): Set<string> {
  const follow = (roots: readonly string[], seen: Set<string>): Set<string> => {
    for (const id of roots) if (!seen.has(id)) follow(nodeOf(id)?.importedIds ?? [], seen.add(id))
    return seen
  }
  return follow(ids.filter(id => chatPage.test(id)), new Set()).difference(follow(ids.filter(id => nodeOf(id)?.isEntry), new Set()))
}

/**
 * Makes the first load small. Of Nuxt's composables only those that are used go to the browser: its useAsyncData, useFetch and what they
 * need are made by calls at the top of their modules, which a bundler must take for effects: a tenth of the first load, in an app that
 * calls none of them. vue-i18n is replaced by i18n/browser-i18n.ts, another fourteenth, on the server as well, where its lookups
 * were a twelfth of a page. And few large scripts compress better than
 * many small ones.
 */
export default defineNuxtModule({
  meta: { name: 'lean-client' },
  setup(_options, nuxt) {
    if (nuxt.options.dev || nuxt.options.test) return
    // Another app that builds upon this one may use all of vue-i18n.
    if (nuxt.options.rootDir === ownRoot) {
      addVitePlugin({
        name: 'parley:browser-i18n',
        enforce: 'pre',
        resolveId: id => /(?:^|\/)vue-i18n(?:\/dist\/[\w.-]+)?$/.test(id) ? join(ownRoot, 'i18n/browser-i18n.ts') : undefined,
      })
    }
    let chat = new Set<string>()
    addVitePlugin({
      name: 'parley:lean-client',
      enforce: 'post',
      transform: (code, id) => /\/nuxt\/dist\/app\/(composables\/[\w-]+|index)\.js$/.test(id.split('?')[0] ?? id) ? { code, map: null, moduleSideEffects: false } : undefined,
      buildEnd() {
        chat = chatModules([...this.getModuleIds()], id => this.getModuleInfo(id))
      },
    }, { server: false })
    // Else every page would fetch ahead what the entry may load on demand: uploads, for those who never send a file.
    nuxt.hook('build:manifest', (manifest) => {
      for (const file of Object.values(manifest)) if (file.resourceType === 'script' && file.name !== 'chat') file.prefetch = false
    })
    nuxt.hook('vite:extendConfig', (config, { isClient }) => {
      if (!isClient) return
      const options = config.build?.rolldownOptions
      const outputs = options?.output === undefined ? [] : [options.output].flat()
      for (const output of outputs) output.codeSplitting = { groups: [{ name: 'framework', test: framework }, { name: 'chat', test: id => chat.has(id) }] }
    })
  },
})
