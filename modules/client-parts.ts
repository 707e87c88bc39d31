import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { addVitePlugin, defineNuxtModule } from 'nuxt/kit'

/** For each script of the browser's build: its modules summed up by package, or by folder of our own, in bytes before compression. */
type Parts = Record<string, Record<string, number>>

/** `node_modules/@scope/name/…` → `@scope/name`; our own → its folder. */
function partOf(id: string): string {
  const path = id.replace(/^\0+/, '').split('?')[0] ?? id
  const inside = path.split('node_modules/').at(-1) ?? path
  if (path.includes('node_modules/')) return inside.split('/').slice(0, inside.startsWith('@') ? 2 : 1).join('/')
  const own = path.replace(process.cwd(), '').split('/').filter(Boolean)
  return own.length > 1 ? own.slice(0, Math.min(2, own.length - 1)).join('/') : own.join('/')
}

/** Writes `.output/client-parts.json`, so that a test that finds the first load too large can name what it is made of. */
export default defineNuxtModule({
  meta: { name: 'client-parts' },
  setup(_options, nuxt) {
    if (nuxt.options.dev || nuxt.options._prepare) return
    const parts: Parts = {}
    addVitePlugin({
      name: 'parley:client-parts',
      generateBundle(_output, bundle) {
        for (const chunk of Object.values(bundle)) {
          if (chunk.type !== 'chunk') continue
          const sums: Record<string, number> = {}
          for (const [id, { renderedLength }] of Object.entries(chunk.modules)) sums[partOf(id)] = (sums[partOf(id)] ?? 0) + renderedLength
          parts[`/${chunk.fileName}`] = sums
        }
      },
    }, { server: false })
    nuxt.hook('nitro:init', (nitro) => {
      nitro.hooks.hook('compiled', () => writeFile(join(nitro.options.output.dir, 'client-parts.json'), JSON.stringify(parts, null, 2)))
    })
  },
})
