import { expect, test } from 'vitest'
import { readSources, readText } from '#parley/tests/helpers/source-tree.ts'

/** What the lock file must hold: mistakes here show up only on somebody else's machine. */

interface LockedPackage { version?: string, resolved?: string, optionalDependencies?: Record<string, string> }
interface Lock { packages: Record<string, LockedPackage> }

const lock = JSON.parse(readText('package-lock.json')) as Lock
const entries = Object.entries(lock.packages)
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

test('[X39] every crossws in the lock is 0.4.17 or newer: older ones inline an outdated ws', () => {
  const versions = entries.filter(([path]) => nameOf(path) === 'crossws').map(([, entry]) => entry.version ?? '')
  expect(versions.length).toBeGreaterThan(0)
  const parts = versions.map(version => version.split('.').map(Number))
  expect(parts.filter(([major, minor, patch]) => major === 0 && (minor! < 4 || (minor === 4 && patch! < 17)))).toEqual([])
})

test('every ws in the lock has the fix against tiny fragments (8.21)', () => {
  const versions = entries.filter(([path]) => nameOf(path) === 'ws').map(([, entry]) => entry.version ?? '')
  expect(versions.filter(version => version.startsWith('8.') && Number(version.split('.')[1]) < 21)).toEqual([])
})

test('platform packages are locked for every platform, else npm ci refuses the lock', () => {
  const locked = new Set(entries.map(([path]) => nameOf(path)))
  const missing = entries.flatMap(([path, entry]) => Object.keys(entry.optionalDependencies ?? {}).filter(name => !locked.has(name)).map(name => `${nameOf(path)} → ${name}`))
  expect(missing).toEqual([])
})

test('packages come from the public registry, whoever made the lock', () => {
  const foreign = entries.filter(([, { resolved }]) => resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/')).map(([path, { resolved }]) => `${path} ${resolved}`)
  expect(foreign).toEqual([])
})

test('what the browser gets from packages is prepared before the first page of a development server: found later, it reloads every page', () => {
  const ours = ['client/', 'components/', 'composables/', 'i18n/', 'pages/', 'plugins/', 'shared/', 'stores/']
  // Not what only the server has of them.
  const provided = /^(#|~|\.|vue$|vue\/server-renderer$|vue-router|vue-i18n|pinia|node:|nuxt)/
  const wanted = new Set(readSources().filter(file => ours.some(folder => file.path.startsWith(folder)))
    .flatMap(file => file.imports.filter(found => !found.typeOnly && !provided.test(found.specifier)).map(found => found.specifier)))
  const [, list = ''] = /optimizeDeps: \{\s*include: \[([^\]]*)\]/.exec(readText('nuxt.config.ts')) ?? []
  expect([...wanted].sort()).toEqual([...list.matchAll(/'([^']+)'/g)].map(([, name]) => name))
})
