import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createSSRApp } from 'vue'
import { createI18n as createWhole } from 'vue-i18n'
import { createI18n, useI18n } from '#parley/i18n/browser-i18n.ts'

type Tree = { [name: string]: string | Tree }

const root = new URL('../../', import.meta.url).pathname
const treeOf = (locale: string) => Object.assign({}, ...globSync(`i18n/locales/${locale}/*.json`, { cwd: root }).map(path => JSON.parse(readFileSync(root + path, 'utf8')) as Tree)) as Tree
const messages = { 'en': treeOf('en'), 'zh-CN': treeOf('zh-CN') }

function keysOf(tree: Tree, prefix = ''): string[] {
  return Object.entries(tree).flatMap(([name, value]) => typeof value === 'string' ? [prefix + name] : keysOf(value, `${prefix}${name}.`))
}

type Language = keyof typeof messages
const languages: Language[] = ['en', 'zh-CN']

const both = (locale: Language) => ({
  own: createI18n({ locale, messages }).global,
  whole: createWhole({ legacy: false, locale, messages, fallbackLocale: false, missingWarn: false, fallbackWarn: false }).global,
})

describe.each(languages)('the browser\'s own i18n says in %s what vue-i18n says', (locale) => {
  const keys = keysOf(messages.en)
  const values = Object.fromEntries([...JSON.stringify(messages).matchAll(/\{(\w+)\}/gu)].map(([, name = '']) => [name, `«${name}»`]))
  const { own, whole } = both(locale)

  it('for every message, with and without values', () => {
    expect(keys.length).toBeGreaterThan(150)
    for (const key of keys) {
      expect({ key, text: own.t(key).trim() }).toEqual({ key, text: whole.t(key).trim() })
      expect({ key, text: own.t(key, values).trim() }).toEqual({ key, text: whole.t(key, values).trim() })
    }
  })

  it.each([0, 1, 2, 7])('for the number %d, as a choice, as a value and as both', (count) => {
    for (const key of keys) {
      expect({ key, text: own.t(key, count).trim() }).toEqual({ key, text: whole.t(key, count).trim() })
      expect({ key, text: own.t(key, { ...values, count }).trim() }).toEqual({ key, text: whole.t(key, { ...values, count }).trim() })
      expect({ key, text: own.t(key, values, count).trim() }).toEqual({ key, text: whole.t(key, values, count).trim() })
      expect({ key, text: own.t(key, { ...values, count: '1,000' }, count).trim() }).toEqual({ key, text: whole.t(key, { ...values, count: '1,000' }, count).trim() })
    }
  })

  it('for what does not exist, and for numbers', () => {
    for (const key of ['', 'nothing', 'app', 'app.nothing', 'app.name.more', 'constructor', '__proto__.toString']) {
      expect({ key, text: own.t(key), exists: own.te(key) }).toEqual({ key, text: whole.t(key), exists: whole.te(key) })
    }
    expect(own.te('app.name')).toBe(true)
    for (const number of [0, 7, 1_234, 1_234_567.891, -3]) expect(own.n(number)).toBe(whole.n(number))
  })
})

it('another language, and messages that come later, are shown at once', () => {
  const { own, whole } = both('en')
  const said = () => [own, whole].map(({ t }) => [t('app.close'), t('later.one'), t('later.two')])
  for (const i18n of [own, whole]) {
    i18n.t('app.close')
    i18n.t('later.one')
    i18n.mergeLocaleMessage('zh-CN', { later: { one: 'eins' } })
    i18n.mergeLocaleMessage('zh-CN', { later: { two: 'zwei' } })
  }
  own.locale.value = 'zh-CN'
  whole.locale.value = 'zh-CN'
  const [first, second] = said()
  expect(first).toEqual(second)
  expect(first?.slice(1)).toEqual(['eins', 'zwei'])
  expect(own.getLocaleMessage('zh-CN')['later']).toEqual({ one: 'eins', two: 'zwei' })
})

it('is there for every component of the app that it was installed in, and nowhere else', () => {
  const i18n = createI18n({ locale: 'en', messages })
  const app = createSSRApp({})
  expect(() => app.runWithContext(() => useI18n())).toThrow(/no i18n/)
  i18n.install(app)
  expect(app.runWithContext(() => useI18n())).toBe(i18n.global)
  expect(() => useI18n()).toThrow(/no i18n/)
})

it('the app asks for nothing that the browser\'s own i18n does not have', () => {
  const sources = globSync(['{components,pages,composables,stores,layouts,plugins,middleware}/**/*.{vue,ts}', '*.vue'], { cwd: root }).map(path => ({ path, text: readFileSync(root + path, 'utf8') }))
  const { own } = both('en')
  const known = new Set([...Object.keys(own), 'locales', 'setLocale', 'loadLocaleMessages'])
  for (const { path, text } of sources) {
    if (path === 'components/page-parts.ts') continue // on the server alone, which has the whole of it
    for (const [, call = ''] of text.matchAll(/\buseI18n\((.*?)\)/gu)) expect({ path, call }).toEqual({ path, call: '' })
    for (const [, names = ''] of text.matchAll(/\{([^{}]*)\} = useI18n\(\)/gu)) {
      for (const name of names.split(',').map(name => name.split(':')[0]?.trim() ?? '').filter(Boolean)) expect({ path, name, known: known.has(name) }).toEqual({ path, name, known: true })
    }
    // Stores have no component around them, so they take what Nuxt gives: the same composer.
    for (const [, name = ''] of text.matchAll(/\$i18n\.(\w+)/gu)) expect({ path, name, known: known.has(name) }).toEqual({ path, name, known: true })
    expect({ path, found: /\$(?:t|te|tm|rt|d|n)\b|\$i18n\b(?!\.| \} = useNuxtApp\(\))|\bv-t\b|<(?:i18n-|I18n|NuxtLinkLocale)|from 'vue-i18n'/u.exec(text)?.[0] }).toEqual({ path, found: undefined })
  }
})
