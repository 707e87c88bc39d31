import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

type Tree = { [key: string]: string | Tree }

const root = new URL('../../', import.meta.url).pathname
const read = (path: string) => JSON.parse(readFileSync(root + path, 'utf8')) as Tree

function flat(tree: Tree, prefix = ''): Map<string, string> {
  return new Map(Object.entries(tree).flatMap(([key, value]) => typeof value === 'string' ? [[prefix + key, value] as const] : [...flat(value, `${prefix}${key}.`)]))
}

const areas = globSync('i18n/locales/en/*.json', { cwd: root }).map(path => path.replace(/^.*\//u, ''))
const sources = globSync(['{components,pages,composables,stores,layouts,plugins}/**/*.{vue,ts}', '*.vue'], { cwd: root }).map(path => readFileSync(root + path, 'utf8')).join('\n')
const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/gu)].map(match => match[1]).sort()

describe.each(areas)('locale files %s', (area) => {
  const english = flat(read(`i18n/locales/en/${area}`))
  const chinese = flat(read(`i18n/locales/zh-CN/${area}`))

  it('[U-A5] both languages have the same keys', () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort())
  })

  it('both languages fill in the same values', () => {
    for (const [key, text] of english) expect({ key, values: new Set(placeholders(chinese.get(key) ?? '')) }).toEqual({ key, values: new Set(placeholders(text)) })
  })

  it('no key is unused', () => {
    // A key may be built: t(`error.${code}`); then its stem followed by a dollar is what stands in the source.
    const used = (key: string) => sources.includes(`'${key}'`) || key.split('.').some((_, index, parts) => index > 0 && sources.includes(`\`${parts.slice(0, index).join('.')}.$`))
    expect([...english.keys()].filter(key => !used(key))).toEqual([])
  })
})

it('every key that is asked for by its full name exists', () => {
  const known = new Set(areas.flatMap(area => [...flat(read(`i18n/locales/en/${area}`)).keys()]))
  const asked = [...sources.matchAll(/\bt\('([\w.-]+)'/gu)].map(match => match[1] ?? '')
  expect(asked.length).toBeGreaterThan(100)
  expect(asked.filter(key => !known.has(key))).toEqual([])
})
