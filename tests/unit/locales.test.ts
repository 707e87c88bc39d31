import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createI18n } from 'vue-i18n'
import { compileMessage } from '#parley/i18n/message-compiler.ts'

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

  it('no key stands twice in one place: the first text of it would never be shown', () => {
    const keys = (tree: Tree): number => Object.values(tree).reduce((sum, value) => sum + 1 + (typeof value === 'string' ? 0 : keys(value)), 0)
    for (const language of ['en', 'zh-CN']) {
      const path = `i18n/locales/${language}/${area}`
      expect({ path, keys: [...readFileSync(root + path, 'utf8').matchAll(/[{,]\s*"[^"\\]+"\s*:/gu)].length }).toEqual({ path, keys: keys(read(path)) })
    }
  })

  it('Chinese speaks to its reader in one voice', () => {
    expect([...chinese].filter(([, text]) => /您|……|\.\.\./u.test(text))).toEqual([])
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

describe('the message compiler', () => {
  const values = Object.fromEntries(areas.flatMap(area => [...flat(read(`i18n/locales/en/${area}`)).values()].flatMap(placeholders)).map(name => [name, `«${name}»`]))

  it.each(['en', 'zh-CN'])('gives for each message of %s what the whole one of vue-i18n gives', (locale) => {
    const texts = Object.fromEntries(areas.flatMap(area => [...flat(read(`i18n/locales/${locale}/${area}`))].map(([key, text]) => [key.replaceAll('.', '_'), text])))
    const options = { legacy: false, locale: 'en', messages: { 'en': texts, 'zh-CN': texts } } as const
    const { t: whole } = createI18n(options).global
    const { t: own } = createI18n({ ...options, messageCompiler: compileMessage as never }).global
    const keys = Object.keys(texts)
    expect(keys.length).toBeGreaterThan(150)
    for (const key of keys) {
      // Trimmed: the whole one keeps the space before a case that begins with a value.
      for (const plural of [0, 1, 2, 7]) expect({ key, plural, text: own(key, values, plural).trim() }).toEqual({ key, plural, text: whole(key, values, plural).trim() })
      expect({ key, text: own(key).trim() }).toEqual({ key, text: whole(key).trim() })
    }
  })
})
