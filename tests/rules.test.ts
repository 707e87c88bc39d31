import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { filesBelow, place, readSources, readText, walk } from '#parley/tests/helpers/source-tree.ts'

/** Every rule that is written down has a test that names it, and every name given in a title or a comment is written down. */

/** Rules that no test of this version can hold, each with the reason. A rule that gains a test must leave this list. */
const exempt: Record<string, string> = {}

const idsIn = (document: string, pattern: RegExp) => new Set([...readText(document).matchAll(pattern)].map(match => match[1]!))
/** A rule is defined where its id stands in bold at the start of a list item or table row. */
const rules = idsIn('docs/PROTOCOL.md', /^(?:- |\| )\*\*([TAWSOYLC]\d+[a-z]?)\*\*/gm)
const races = idsIn('docs/RELIABILITY.md', /^\| \*\*(R\d+)\*\*/gm)
const interfaceRules = idsIn('docs/UI.md', /^- \*\*(U-[A-Z]\d+)\*\*/gm)
/** Rows of docs/RELIABILITY.md that claim a test in their last column. */
const claims = new Map([...readText('docs/RELIABILITY.md').matchAll(/^\| \*\*([RF]\d+)\*\* \|.*\| (yes|not yet) \|$/gm)].map(([, id, state]) => [id!, state === 'yes']))
const facts = idsIn('docs/RELIABILITY.md', /^\| \*\*([FKB]\d+)\*\*/gm)
/** Lines of the list of docs/SECURITY.md, and where each is said to be tested: files, or "not yet". */
const security = new Map([...readText('docs/SECURITY.md').matchAll(/^\| \*\*(X\d+)\*\* \| .+ \| (.+) \|$/gm)].map(([, id, where]) => [id!, where!]))
const known = new Set([...rules, ...races, ...interfaceRules, ...facts, ...security.keys()])

const sources = readSources()

interface Citation { id: string, where: string, file: string }

/** Ids in square brackets in the titles of tests and suites: "[S3] …", "[S3, S6] …". */
const cited: Citation[] = sources.filter(file => file.path.startsWith('tests/')).flatMap((file) => {
  const found: Citation[] = []
  walk(file.script, (node) => {
    if (!ts.isCallExpression(node) || !/^(test|it|describe|suite)\b/.test(node.expression.getText(file.script))) return
    const title = node.arguments[0]
    if (title === undefined || !(ts.isStringLiteralLike(title) || ts.isTemplateExpression(title))) return
    for (const [, list] of title.getText(file.script).matchAll(/\[((?:U-)?[A-Z]\d+[a-z]?(?:[ ,]+(?:U-)?[A-Z]\d+[a-z]?)*)\]/g)) {
      for (const id of list!.split(/[ ,]+/)) found.push({ id, where: place(file, node), file: file.path })
    }
  })
  return found
})
const tested = new Set(cited.map(citation => citation.id))

const missing = (ids: Iterable<string>) => [...ids].filter(id => !tested.has(id) && exempt[id] === undefined)

describe('rules and tests', () => {
  test('the documents are read', () => {
    expect(rules.size).toBeGreaterThanOrEqual(43)
    expect([...races]).toEqual(Array.from({ length: 18 }, (_, n) => `R${n + 1}`))
    expect([...facts].filter(id => id.startsWith('F'))).toHaveLength(56)
  })

  test('every rule of docs/PROTOCOL.md is named by a test', () => {
    expect(missing(rules), 'Rules without a test; write one whose title begins with the id in brackets').toEqual([])
  })

  test('every rule of docs/UI.md that is built is named by a test', () => {
    expect(interfaceRules.size).toBeGreaterThan(55)
    const later = idsIn('docs/UI.md', /^- \*\*(U-[A-Z]\d+)\*\* \*\(later\)\*/gm)
    expect(missing(interfaceRules).filter(id => !later.has(id)), 'Rules of the interface without a test').toEqual([])
    expect([...later].filter(id => tested.has(id)), 'Rules with a test that docs/UI.md still calls later').toEqual([])
  })

  test('every race of docs/RELIABILITY.md is named by a test', () => {
    expect(missing(races), 'Races without a test').toEqual([])
  })

  test('docs/RELIABILITY.md claims exactly the tests that there are', () => {
    expect(claims.size).toBe(18 + 56)
    expect([...claims].filter(([id, claimed]) => claimed && !tested.has(id)).map(([id]) => id), 'Claimed as tested, but no title names them').toEqual([])
    expect([...claims].filter(([id, claimed]) => !claimed && tested.has(id)).map(([id]) => id), 'Tested: say "yes" in docs/RELIABILITY.md').toEqual([])
  })

  test('docs/SECURITY.md names for each line the tests on the built server that hold it, and they cite it', () => {
    expect([...security.keys()]).toEqual(Array.from({ length: 40 }, (_, n) => `X${n + 1}`))
    const faults = [...security].flatMap(([id, where]) => {
      if (where === 'not yet') return tested.has(id) ? [`${id} is tested: say where`] : []
      const files = [...where.matchAll(/`(tests\/[\w/-]+\.test\.ts)`/g)].map(([, file]) => file!)
      const silent = files.filter(file => !cited.some(citation => citation.id === id && citation.file === file)).map(file => `${id} is not cited in ${file}`)
      return files.some(file => /^tests\/(security|fault|e2e)\//.test(file)) ? silent : [...silent, `${id} has no test on the built server`]
    })
    expect(faults).toEqual([])
  })

  test('an exemption has a reason, belongs to a rule and is still needed', () => {
    for (const [id, reason] of Object.entries(exempt)) {
      expect(reason.length, `reason for ${id}`).toBeGreaterThan(20)
      expect(known.has(id), `${id} is no rule`).toBe(true)
      expect(tested.has(id), `${id} has a test now: take it off the list`).toBe(false)
    }
  })

  test('every id in a test title is written down', () => {
    expect(cited.filter(({ id }) => !known.has(id)).map(({ id, where }) => `${where} [${id}]`), 'Ids that no document defines').toEqual([])
  })
})

describe('comments', () => {
  const product = [...sources.map(file => file.path), ...filesBelow('docs'), 'README.md', 'CONTRIBUTING.md']

  test('cite only rules that exist', () => {
    const unknown = sources.filter(file => !file.path.startsWith('tests/')).flatMap(file => [...file.text.matchAll(/\((?:[A-Z]\w* )?((?:U-)?[A-Z]\d{1,2}[a-z]?(?:, (?:U-)?[A-Z]\d{1,2}[a-z]?)*)\)/g)]
      .flatMap(([, list]) => list!.split(', ')).filter(id => /^(U-|[TAWSOYLCRFKBX]\d)/.test(id) && !known.has(id)).map(id => `${file.path} (${id})`))
    expect(unknown, 'Comments that cite a rule no document defines').toEqual([])
  })

  test('name only documents that are in docs/', () => {
    const stray = product.filter(path => path !== 'tests/rules.test.ts').flatMap(path => [...readText(path).matchAll(/\b(?:docs\/([A-Z]+\.md)|(FAULTS|STACK|FEATURES)\b)/g)]
      .filter(([, document]) => document === undefined || !filesBelow('docs').includes(`docs/${document}`)).map(([name]) => `${path}: ${name}`))
    expect(stray, 'Documents that are not there').toEqual([])
  })
})
