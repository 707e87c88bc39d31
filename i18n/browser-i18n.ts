import { computed, hasInjectionContext, inject, ref, shallowRef } from 'vue'
import type { App, InjectionKey, Ref } from 'vue'
import { compileMessage } from '#parley/i18n/message-compiler.ts'

/** Messages of a language: texts under names, in groups. */
interface MessageTree { [name: string]: string | MessageTree }
type Values = Record<string, unknown>

/** What of vue-i18n's options @nuxtjs/i18n gives. */
export interface I18nOptions { locale: string, messages: Record<string, MessageTree> }

/** What of vue-i18n's composer this app, and @nuxtjs/i18n beneath it, ask for; the latter adds its own (`locales`, `setLocale`). */
export interface Composer {
  locale: Ref<string>
  messages: Readonly<Ref<Record<string, MessageTree>>>
  /** The text of a key, with `values` filled in; `plural` chooses among the cases. The key itself, where there is no text. */
  t: (key: string, values?: Values | number, plural?: number) => string
  /** Whether there is a text. */
  te: (key: string) => boolean
  /** A number as the language writes it. */
  n: (value: number) => string
  getLocaleMessage: (locale: string) => MessageTree
  setLocaleMessage: (locale: string, tree: MessageTree) => void
  mergeLocaleMessage: (locale: string, tree: MessageTree) => void
}

const installed: InjectionKey<Composer> = Symbol('i18n')

const isTree = (value: unknown): value is MessageTree => typeof value === 'object' && value !== null

function merged(base: MessageTree, over: MessageTree): MessageTree {
  const tree = { ...base }
  for (const [name, value] of Object.entries(over)) {
    const below = tree[name]
    tree[name] = isTree(value) && isTree(below) ? merged(below, value) : value
  }
  return tree
}

/** vue-i18n's rule: of two cases the first is for one; of three, nothing, one and many. */
const caseOf = (count: number, cases: number): number => cases === 2 ? (Math.abs(count) === 1 ? 0 : 1) : Math.min(Math.abs(count), 2)

function createComposer(options: I18nOptions): Composer {
  const locale = ref(options.locale)
  const messages = shallowRef(options.messages)
  const numbers = computed(() => new Intl.NumberFormat(locale.value))
  /** Texts looked up so far: a row asks for the same few each time. Another language or new messages begin another. */
  const texts = computed(() => ({ tree: messages.value[locale.value] ?? {}, found: new Map<string, string | undefined>() }))

  function textOf(key: string): string | undefined {
    const { tree, found } = texts.value
    if (found.has(key)) return found.get(key)
    let at: string | MessageTree | undefined = tree
    for (const name of key.split('.')) at = isTree(at) && Object.hasOwn(at, name) ? at[name] : undefined
    const text = typeof at === 'string' ? at : undefined
    found.set(key, text)
    return text
  }

  function t(key: string, first?: Values | number, second?: number): string {
    const text = textOf(key)
    if (text === undefined) return key
    const values = typeof first === 'object' ? first : {}
    const plural = typeof first === 'number' ? first : second
    const count = [values['count'], values['n'], plural].find(value => typeof value === 'number') ?? 1
    return compileMessage(text)({
      // A count that is only the choice of the case may stand in the text too.
      named: name => (name === 'count' || name === 'n') && plural !== undefined ? values[name] || plural : values[name],
      interpolate: value => value === undefined || value === null ? '' : String(value),
      normalize: pieces => pieces.join(''),
      plural: cases => cases[caseOf(count, cases.length)] ?? '',
    })
  }

  const setLocaleMessage = (name: string, tree: MessageTree): void => {
    messages.value = { ...messages.value, [name]: tree }
  }
  return {
    locale, messages, t, setLocaleMessage,
    te: key => textOf(key) !== undefined,
    n: value => numbers.value.format(value),
    getLocaleMessage: name => messages.value[name] ?? {},
    mergeLocaleMessage: (name, tree) => setLocaleMessage(name, merged(messages.value[name] ?? {}, tree)),
  }
}

/**
 * Stands for vue-i18n in a production build (modules/lean-client.ts): the twentieth of it that this app uses, at a tenth of
 * its size, and looking a text up takes no chain of fallbacks. Locales, their files, detection and the cookie stay @nuxtjs/i18n's;
 * development and the tests of components run vue-i18n itself. tests/unit/browser-i18n.test.ts holds one against the other.
 */
export function createI18n(options: I18nOptions) {
  const global = createComposer(options)
  return {
    mode: 'composition',
    global,
    install(app: App): void {
      app.provide(installed, global)
    },
  }
}

/** The texts of the app's language. Throws outside of a component or where no i18n was installed. */
export function useI18n(): Composer {
  const composer = hasInjectionContext() ? inject(installed, undefined) : undefined
  if (composer === undefined) throw new Error('useI18n was called where no i18n is installed')
  return composer
}
