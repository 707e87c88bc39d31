import { join } from 'node:path'
import { addVitePlugin, defineNuxtModule } from 'nuxt/kit'

const ownRoot = join(import.meta.dirname, '..')

/** What every page needs of packages: in one script it compresses better than in ten, and changes less often than ours. */
const framework = /\/node_modules\/(?:vue|@vue|vue-router|nuxt|pinia|@pinia|@intlify|vue-i18n|@nuxtjs|unhead|@unhead|ofetch|destr|ufo|hookable|unctx|h3|devalue|cookie-es|ohash|klona|object-identity|fnv1a-64)\//

/** Pages of the logged-in part: who sees one sees another at the next click, and waits for no script then. */
const chatPage = /\/pages\/chat(?:\/[^/?]+)?\.vue$/

interface ModuleNode { readonly isEntry: boolean, readonly importedIds: readonly string[] }

/** Packages of which a part of Nuxt uses one small thing in the browser: who asks, for what, and what stands for it there. */
const standIns = [
  { importer: /fetch\.mjs$/, id: 'ofetch', file: 'modules/lean/fetch.ts' },
  { importer: /\/nuxt\/dist\/app\/composables\/cookie\.js$/, id: 'ohash', file: 'modules/lean/is-equal.ts' },
]

/** Searches each page for links that only routes with a language in them have, which is a sixtieth of its cost. */
const idlePlugin = /\/@nuxtjs\/i18n\/dist\/runtime\/plugins\/switch-locale-path-ssr(?:\.js)?$/

/** These name everything there is: what only they lead to is not needed. */
const catalogue = /\/nuxt\/dist\/app\/(?:components\/)?index\.js$/

/** Modules that the entry needs at once, and those that the pages of the chat need beside: imports are followed, dynamic ones are not. */
function firstModules(ids: readonly string[], nodeOf: (id: string) => ModuleNode | null): { entry: Set<string>, chat: Set<string> } {
  const follow = (roots: readonly string[], seen: Set<string>): Set<string> => {
    for (const id of roots) if (!seen.has(id)) follow(catalogue.test(id) ? [] : nodeOf(id)?.importedIds ?? [], seen.add(id))
    return seen
  }
  const entry = follow(ids.filter(id => nodeOf(id)?.isEntry), new Set())
  return { entry, chat: follow(ids.filter(id => chatPage.test(id)), new Set()).difference(entry) }
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
      nuxt.hook('app:resolve', (app) => {
        app.plugins = app.plugins.filter(({ src }) => !idlePlugin.test(src))
      })
      addVitePlugin({
        name: 'parley:browser-i18n',
        enforce: 'pre',
        resolveId: id => /(?:^|\/)vue-i18n(?:\/dist\/[\w.-]+)?$/.test(id) ? join(ownRoot, 'i18n/browser-i18n.ts') : undefined,
      })
      addVitePlugin({
        name: 'parley:stand-ins',
        enforce: 'pre',
        resolveId(id, importer = '') {
          const found = standIns.find(standIn => standIn.id === id && standIn.importer.test(importer))
          return found && join(ownRoot, found.file)
        },
      }, { server: false })
    }
    let first = { entry: new Set<string>(), chat: new Set<string>() }
    addVitePlugin({
      name: 'parley:lean-client',
      enforce: 'post',
      transform: (code, id) => /\/nuxt\/dist\/app\/(composables\/[\w-]+|index)\.js$/.test(id.split('?')[0] ?? id) ? { code, map: null, moduleSideEffects: false } : undefined,
      buildEnd() {
        first = firstModules([...this.getModuleIds()], id => this.getModuleInfo(id))
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
      for (const output of outputs) output.codeSplitting = { groups: [
        // Only what is needed at once: a part of Nuxt that some later page uses comes with that page.
        { name: 'framework', test: id => framework.test(id) && (first.entry.has(id) || first.chat.has(id)) },
        { name: 'chat', test: id => first.chat.has(id) },
      ] }
    })
  },
})
