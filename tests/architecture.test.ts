import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { exists, filesBelow, place, readSources, readText, walk } from '#parley/tests/helpers/source-tree.ts'
import type { SourceFile } from '#parley/tests/helpers/source-tree.ts'

/** docs/ARCHITECTURE.md, executable: who may import whom, where things may be done, how large files grow. */

const sources = readSources()
const isTest = (path: string) => /^(tests|bench|scripts|examples)\//.test(path)
const product = sources.filter(file => !isTest(file.path))
const under = (path: string, ...folders: string[]) => folders.some(folder => path === folder || path.startsWith(`${folder}/`))

/** Fails with every offender on a line of its own. */
function none(offenders: readonly string[], rule: string): void {
  expect(offenders.length, `${rule}\n${offenders.map(offender => `  ${offender}`).join('\n')}\n`).toBe(0)
}

interface Layer {
  name: string
  /** Files and folders, most specific layer first in the table. */
  holds: string[]
  /** Layers it may import beside itself. */
  imports: string[]
  /** Layers of which it may import types only. */
  types?: string[]
  /** Packages and `node:` modules it may import; absent = any. */
  packages?: string[]
}

const layers: Layer[] = [
  { name: 'shared', holds: ['shared'], imports: [], packages: ['valibot', 'uuid'] },
  { name: 'chat core', holds: ['server/chat'], imports: ['shared'], packages: ['valibot'] },
  { name: 'auth ports', holds: ['server/auth/ports.ts', 'server/auth/admin-port.ts', 'server/auth/second-factor-port.ts'], imports: ['shared', 'chat core'], packages: [] },
  { name: 'storage', holds: ['server/storage'], imports: ['shared', 'chat core', 'auth ports'] },
  { name: 'backplane', holds: ['server/backplane'], imports: ['shared', 'chat core'] },
  { name: 'push', holds: ['server/push'], imports: ['shared', 'chat core'] },
  { name: 'attachments', holds: ['server/attachments'], imports: ['shared', 'chat core'] },
  { name: 'metrics', holds: ['server/metrics'], imports: ['shared', 'chat core', 'attachments', 'push'] },
  { name: 'auth', holds: ['server/auth'], imports: ['shared', 'chat core', 'auth ports'] },
  { name: 'administration', holds: ['server/administration', 'server/webhooks'], imports: ['shared', 'chat core', 'auth ports', 'auth', 'attachments', 'push'] },
  { name: 'server composition', holds: ['server/plugins', 'server/utils', 'server/config'], imports: ['shared', 'chat core', 'auth ports', 'storage', 'backplane', 'attachments', 'push', 'metrics', 'auth', 'administration'] },
  { name: 'server edge', holds: ['server/routes', 'server/api', 'server/middleware'], imports: ['shared', 'chat core', 'auth ports', 'attachments', 'push', 'metrics', 'auth', 'administration', 'server composition'] },
  { name: 'command line', holds: ['cli'], imports: ['shared', 'chat core', 'auth ports', 'storage', 'attachments', 'auth', 'administration', 'server composition'] },
  { name: 'client', holds: ['client'], imports: ['shared'], packages: ['idb', 'valibot'] },
  { name: 'app composition', holds: ['plugins', 'composables'], imports: ['shared', 'client'] },
  { name: 'stores', holds: ['stores'], imports: ['shared', 'app composition'], types: ['client'] },
  { name: 'views', holds: ['pages', 'components', 'layouts', 'middleware', 'app.vue', 'error.vue'], imports: ['shared', 'app composition', 'stores'], types: ['client'] },
  { name: 'configuration', holds: ['nuxt.config.ts', 'vitest.config.ts', 'modules', 'i18n'], imports: [] },
]

const layerOf = (path: string) => layers.find(layer => under(path, ...layer.holds))
const own = '#parley/'

describe('imports', () => {
  test('every source file belongs to a layer', () => {
    none(product.filter(file => layerOf(file.path) === undefined).map(file => file.path), 'Files outside the tree of docs/ARCHITECTURE.md 2:')
  })

  test('arrows point down only: no layer imports what builds on it', () => {
    const offenders = product.flatMap((file) => {
      const layer = layerOf(file.path)
      return file.imports.filter(({ specifier }) => specifier.startsWith(own)).flatMap(({ specifier, typeOnly }) => {
        const target = layerOf(specifier.slice(own.length))
        if (layer === undefined || target === undefined || target === layer || layer.imports.includes(target.name)) return []
        if (typeOnly && layer.types?.includes(target.name)) return []
        return under(specifier.slice(own.length), 'assets', 'i18n/locales') ? [] : [`${file.path} (${layer.name}) → ${specifier} (${target.name}${typeOnly ? ', type' : ''})`]
      })
    })
    none(offenders, 'Imports against the rule of docs/ARCHITECTURE.md 3:')
  })

  test('own modules are imported as #parley/<path> with their extension, and exist', () => {
    const offenders = sources.flatMap(file => file.imports.flatMap(({ specifier }) => {
      if (specifier.startsWith(own)) return exists(specifier.slice(own.length)) && /\.[a-z]+$/.test(specifier) ? [] : [`${file.path} → ${specifier} (no such file)`]
      const disguised = /^(\.|~\/|~~|@\/|@@|\/|#shared|#server)/.test(specifier)
      return disguised ? [`${file.path} → ${specifier}`] : []
    }))
    none(offenders, 'Write #parley/… with the extension: it is the only prefix that is right in Node, vitest, vue-tsc, the build and inside a layer:')
  })

  test('product code never imports tests, benchmarks or scripts', () => {
    none(product.flatMap(file => file.imports.filter(({ specifier }) => isTest(specifier.slice(own.length)) && specifier.startsWith(own)).map(({ specifier }) => `${file.path} → ${specifier}`)), 'Test code in the product:')
  })

  test('shared, the chat core and the client know no framework and no Node API', () => {
    const offenders = product.flatMap(file => file.imports.flatMap(({ specifier }) => {
      const allowed = layerOf(file.path)?.packages
      return allowed === undefined || specifier.startsWith(own) || allowed.includes(specifier) ? [] : [`${file.path} → ${specifier}`]
    }))
    none(offenders, 'Packages that this layer must not know:')
  })

  test('nothing is imported in a circle inside a layer of pure code', () => {
    const graph = new Map(product.map(file => [file.path, file.imports.filter(entry => !entry.typeOnly && entry.specifier.startsWith(own)).map(entry => entry.specifier.slice(own.length))]))
    const done = new Set<string>()
    const circles: string[] = []
    const visit = (path: string, trail: string[]) => {
      if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
      if (done.has(path) || trail.includes(path)) return
      for (const next of graph.get(path) ?? []) visit(next, [...trail, path])
      done.add(path)
    }
    for (const path of graph.keys()) visit(path, [])
    none(circles, 'Circular imports:')
  })

  test('the only barrel is shared/protocol/index.ts', () => {
    const barrels = product.filter(file => file.script.statements.length > 0 && file.script.statements.every(statement => ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined))
    none(barrels.map(file => file.path).filter(path => path !== 'shared/protocol/index.ts'), 'Barrels:')
  })
})

/** Places of nodes that match, in the files given. */
const find = (files: readonly SourceFile[], matches: (node: ts.Node) => boolean): string[] => files.flatMap((file) => {
  const places: string[] = []
  walk(file.script, (node) => {
    if (matches(node)) places.push(`${place(file, node)}  ${node.getText(file.script).slice(0, 80)}`)
  })
  return places
})
const isCallOf = (node: ts.Node, ...names: string[]) => (ts.isCallExpression(node) || ts.isNewExpression(node)) && names.includes(node.expression.getText())
const outside = (files: readonly SourceFile[], ...folders: string[]) => files.filter(file => !under(file.path, ...folders))

describe('who may do what', () => {
  test('only the codec parses wire JSON', () => {
    const wire = product.filter(file => under(file.path, 'shared', 'server/chat', 'server/routes', 'client', 'composables', 'stores', 'components', 'pages'))
    none(find(outside(wire, 'shared/protocol/codec.ts', 'client/storage'), node => isCallOf(node, 'JSON.parse') && !/localStorage|JSON\.stringify/.test(node.getText())), 'JSON.parse beside shared/protocol/codec.ts:')
  })

  test('only the adapters touch sockets, the database and the device\'s storage', () => {
    none(find(outside(product, 'client/web-socket.ts'), node => isCallOf(node, 'WebSocket', 'window.WebSocket', 'globalThis.WebSocket')), 'new WebSocket beside client/web-socket.ts:')
    none(find(outside(product, 'server/storage/sqlite'), node => isCallOf(node, 'DatabaseSync')), 'SQLite beside server/storage/sqlite:')
    none(find(outside(product, 'client/storage'), node => isCallOf(node, 'openDB', 'indexedDB.open')), 'IndexedDB beside client/storage:')
  })

  test('only the composition roots construct adapters', () => {
    const adapters = ['server/storage', 'server/backplane']
    const offenders = outside(product, ...adapters, 'server/plugins', 'cli').flatMap(file => file.imports
      .filter(entry => !entry.typeOnly && under(entry.specifier.slice(own.length), ...adapters))
      .map(entry => `${file.path} → ${entry.specifier}`))
    none(offenders, 'Adapters imported outside server/plugins and cli:')
  })

  test('time and chance are injected into shared, the chat core and the client core', () => {
    // What implements client/environment.ts in a browser.
    const environment = /^client\/(browser-[a-z-]+\.ts|web-socket\.ts|storage\/)/
    const pure = product.filter(file => under(file.path, 'shared', 'server/chat', 'client') && !environment.test(file.path))
    const ambient = find(pure, node => isCallOf(node, 'setTimeout', 'setInterval', 'setImmediate', 'Date.now', 'performance.now', 'Math.random', 'crypto.randomUUID', 'crypto.getRandomValues', 'fetch', 'requestAnimationFrame')
      || (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0))
    none(ambient, 'Ambient time, chance or network in code that takes them as parameters:')
  })

  test('no state outlives a request or leaks between users: no mutable module-level variable', () => {
    // server/utils/chat.ts holds this process's one chat service, for handlers that Nitro calls without a context.
    const offenders = outside(product, 'modules', 'server/utils/chat.ts').flatMap(file => file.script.statements
      .filter(statement => ts.isVariableStatement(statement) && (statement.declarationList.flags & ts.NodeFlags.Const) === 0 && !file.path.endsWith('.vue'))
      .map(statement => `${place(file, statement)}  ${statement.getText(file.script).slice(0, 80)}`))
    none(offenders, 'Module-level `let`:')
  })
})

describe('form', () => {
  test('there is no app/ folder and no srcDir: either would move Nuxt\'s source folder', () => {
    expect(exists('app')).toBe(false)
    expect(readText('nuxt.config.ts')).not.toContain('srcDir')
  })

  test('no enums, namespaces or parameter properties: plain Node runs the files', () => {
    none(find(sources, node => ts.isEnumDeclaration(node) || (ts.isModuleDeclaration(node) && ts.isIdentifier(node.name) && node.name.text !== 'global') || ts.isParameterPropertyDeclaration(node, node.parent)), 'TypeScript that cannot be erased:')
  })

  test('default exports only where Nuxt or vitest wants them', () => {
    const wanted = ['nuxt.config.ts', 'vitest.config.ts', 'modules', 'plugins', 'middleware', 'i18n', 'server/plugins', 'server/routes', 'server/api', 'server/middleware', 'tests/helpers/build.ts']
    const offenders = outside(sources, ...wanted).filter(file => file.script.statements.some(statement => ts.isExportAssignment(statement)
      || (ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(modifier => modifier.kind === ts.SyntaxKind.DefaultKeyword))))
    none(offenders.map(file => file.path), 'Default exports:')
  })

  test('no drawers: a file is named after what it is responsible for', () => {
    none(sources.map(file => file.path).filter(path => /(^|\/)(utils?|helpers?|common|misc|shared|lib)\.(ts|vue)$/.test(path)), 'Drawers:')
  })

  test('files stay small: 300 lines, tests 600', () => {
    none(sources.filter(file => file.lines > (/^(tests|bench)\//.test(file.path) ? 600 : 300)).map(file => `${file.path}: ${file.lines} lines`), 'Too long; split by responsibility:')
  })

  test('the median source file has at most 80 lines, nine of ten at most 220', () => {
    const lengths = product.map(file => file.lines).sort((a, b) => a - b)
    const at = (share: number) => lengths[Math.floor(share * (lengths.length - 1))]!
    expect(at(0.5), 'median').toBeLessThanOrEqual(80)
    expect(at(0.9), '90th percentile').toBeLessThanOrEqual(220)
  })

  test('tests do not sleep but on the built server', () => {
    const byPath = new Map(sources.map(file => [file.path, file]))
    const calm = new Set(outside(sources.filter(file => /^tests\/.*\.test\.ts$/.test(file.path)), 'tests/fault', 'tests/e2e', 'tests/security'))
    // Helpers count by who uses them: those of the built server alone may wait for the real clock.
    for (const file of calm) for (const { specifier } of file.imports) {
      const helper = byPath.get(specifier.slice(own.length))
      if (helper?.path.startsWith('tests/')) calm.add(helper)
    }
    const timed = [...calm].flatMap(file => file.imports.filter(({ specifier }) => /^node:timers/.test(specifier)).map(({ specifier }) => `${file.path} → ${specifier}`))
    none([...find([...calm], node => isCallOf(node, 'setTimeout', 'setInterval')), ...timed], 'Sleeping tests; fake the clock or await a frame:')
  })

  test('our own modules are never mocked', () => {
    none(find(sources.filter(file => under(file.path, 'tests')), node => isCallOf(node, 'vi.mock', 'vi.doMock', 'mockNuxtImport')), 'Mocks; inject the environment instead:')
  })
})

describe('hooks for tests', () => {
  /** Rows of the table in docs/UI.md: ids, and whether they are built. */
  const rows = [...readText('docs/UI.md').matchAll(/^\| (`[^|]+) \|.*\| (built|later) \|$/gm)].map(([, ids, state]) => ({ ids: [...ids!.matchAll(/`([a-z-]+)`/g)].map(match => match[1]!), built: state === 'built' }))
  const documented = new Map(rows.flatMap(row => row.ids.map(id => [id, row.built] as const)))
  const views = filesBelow('components').concat(filesBelow('pages'), filesBelow('layouts'), 'app.vue').filter(path => path.endsWith('.vue'))
  const used = new Set(views.flatMap(path => [...readText(path).matchAll(/\s(?:data|copy|act|add)-testid="([^"]+)"/g)].map(match => match[1]!)))
  const dynamic = views.flatMap(path => [...readText(path).matchAll(/\s:data-testid="([^"]+)"/g)].flatMap(match => [...match[1]!.matchAll(/'([a-z-]+)'/g)].map(inner => inner[1]!)))
  for (const id of dynamic) used.add(id)

  test('the table is read', () => {
    expect(documented.size).toBeGreaterThan(25)
  })

  test('every data-testid in use is in the table of docs/UI.md', () => {
    none([...used].filter(id => !documented.has(id)), 'data-testid without a row in docs/UI.md:')
  })

  test('no data-testid that docs/UI.md leaves for later is there already', () => {
    none([...documented].filter(([id, built]) => !built && used.has(id)).map(([id]) => id), 'Hooks that docs/UI.md should call built:')
  })

  test('every data-testid that docs/UI.md calls built is in a component', () => {
    none([...documented].filter(([id, built]) => built && !used.has(id)).map(([id]) => id), 'Promised hooks that no component has:')
  })
})

describe('docs/ARCHITECTURE.md', () => {
  const expand = (path: string): string[] => {
    const group = /^(.*)\{([^}]*)\}(.*)$/.exec(path)
    return group === null ? [path] : group[2]!.split(',').flatMap(choice => expand(`${group[1]}${choice}${group[3]}`))
  }

  /** Folders of the tree in section 2: names that end in a slash at the start of a line, nested by indentation. */
  function describedFolders(): Set<string> {
    const tree = /## 2\.[\s\S]*?```\n([\s\S]*?)```/.exec(readText('docs/ARCHITECTURE.md'))?.[1] ?? ''
    const parents: { indent: number, path: string }[] = []
    const folders = new Set<string>()
    for (const line of tree.split('\n')) {
      const [, space, names] = /^( *)((?:[^\s/]+(?:\/[^\s/]+)*\/(?: {2}|$| +(?=\S)))+)/.exec(line) ?? []
      if (space === undefined || names === undefined) continue
      while ((parents.at(-1)?.indent ?? -1) >= space.length) parents.pop()
      const prefix = parents.at(-1)?.path ?? ''
      for (const name of names.trim().split(/\s+/)) for (const path of expand(name.slice(0, -1))) folders.add(prefix + path)
      parents.push({ indent: space.length, path: `${prefix}${names.trim().split(/\s+/)[0]}` })
    }
    return folders
  }

  const described = describedFolders()

  test('names every folder with source', () => {
    const folders = new Set(product.filter(file => file.path.includes('/')).map(file => file.path.slice(0, file.path.lastIndexOf('/'))))
    none([...folders].filter(folder => !described.has(folder) && !folder.startsWith('server/api/')), 'Folders that the tree of section 2 lacks:')
  })

  test('names no folder that is not there', () => {
    none([...described].filter(folder => !exists(folder)), 'Folders of section 2 that do not exist:')
  })
})
