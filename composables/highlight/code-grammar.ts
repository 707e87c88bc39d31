import hljs from 'highlight.js/lib/core'
import type { Emitter, LanguageFn } from 'highlight.js'
import type { CodeLanguage } from '#parley/composables/highlight/code-languages.ts'
import { kindOfScope, type CodeKind, type CodeRun } from '#parley/composables/highlight/code-runs.ts'

/** Each grammar is a file of its own, loaded when a code wants it. Those that hold others bring them along. */
const grammars: Record<CodeLanguage, () => Promise<{ default: LanguageFn }>> = {
  bash: () => import('highlight.js/lib/languages/bash'),
  c: () => import('highlight.js/lib/languages/c'),
  cpp: () => import('highlight.js/lib/languages/cpp'),
  csharp: () => import('highlight.js/lib/languages/csharp'),
  css: () => import('highlight.js/lib/languages/css'),
  diff: () => import('highlight.js/lib/languages/diff'),
  dockerfile: () => import('highlight.js/lib/languages/dockerfile'),
  go: () => import('highlight.js/lib/languages/go'),
  ini: () => import('highlight.js/lib/languages/ini'),
  java: () => import('highlight.js/lib/languages/java'),
  javascript: () => import('highlight.js/lib/languages/javascript'),
  json: () => import('highlight.js/lib/languages/json'),
  kotlin: () => import('highlight.js/lib/languages/kotlin'),
  lua: () => import('highlight.js/lib/languages/lua'),
  makefile: () => import('highlight.js/lib/languages/makefile'),
  markdown: () => import('highlight.js/lib/languages/markdown'),
  php: () => import('highlight.js/lib/languages/php'),
  powershell: () => import('highlight.js/lib/languages/powershell'),
  python: () => import('highlight.js/lib/languages/python'),
  ruby: () => import('highlight.js/lib/languages/ruby'),
  rust: () => import('highlight.js/lib/languages/rust'),
  scss: () => import('highlight.js/lib/languages/scss'),
  sql: () => import('highlight.js/lib/languages/sql'),
  swift: () => import('highlight.js/lib/languages/swift'),
  typescript: () => import('highlight.js/lib/languages/typescript'),
  xml: () => import('highlight.js/lib/languages/xml'),
  yaml: () => import('highlight.js/lib/languages/yaml'),
}

/** Grammars that others hold within; without them those parts stay plain. */
const within: Partial<Record<CodeLanguage, readonly CodeLanguage[]>> = { dockerfile: ['bash'], javascript: ['xml'], markdown: ['xml'], php: ['xml'], typescript: ['xml'], xml: ['css', 'javascript'] }

/** Gathers runs instead of HTML. */
class RunEmitter implements Emitter {
  readonly runs: CodeRun[] = []
  readonly #scopes: (CodeKind | undefined)[] = []

  startScope(name: string): void {
    this.#scopes.push(kindOfScope(name))
  }

  endScope(): void {
    this.#scopes.pop()
  }

  // The library calls these of its own emitter too, by names that its types do not have.
  openNode(name: string): void {
    this.startScope(name)
  }

  closeNode(): void {
    this.endScope()
  }

  addText(text: string): void {
    const kind = this.#scopes.findLast(scope => scope !== undefined) ?? 'plain'
    const last = this.runs.at(-1)
    if (last?.kind === kind) last.length += text.length
    else if (text !== '') this.runs.push({ kind, length: text.length })
  }

  __addSublanguage(emitter: Emitter): void {
    if (emitter instanceof RunEmitter) this.runs.push(...emitter.runs)
  }

  toHTML(): string {
    return ''
  }

  finalize(): void {}
}
hljs.configure({ __emitter: RunEmitter })

async function learn(language: CodeLanguage): Promise<void> {
  await Promise.all([language, ...within[language] ?? []].map(async (name) => {
    if (hljs.getLanguage(name) === undefined) hljs.registerLanguage(name, (await grammars[name]()).default)
  }))
}

/** The runs of a code; one plain run where the grammar stumbles. Rejects when it cannot be loaded. */
export async function codeRuns(code: string, language: CodeLanguage): Promise<CodeRun[]> {
  await learn(language)
  const { _emitter: emitter, errorRaised } = hljs.highlight(code, { language, ignoreIllegals: true })
  return emitter instanceof RunEmitter && errorRaised === undefined ? emitter.runs : [{ kind: 'plain', length: code.length }]
}
