/** Languages that code blocks are coloured in, each with the other names by which people call it after the fence. */
const names = {
  bash: 'sh shell zsh console shellsession',
  c: 'h',
  cpp: 'c++ cc cxx hpp hh hxx',
  csharp: 'cs c#',
  css: '',
  diff: 'patch',
  dockerfile: 'docker',
  go: 'golang',
  ini: 'toml conf',
  java: '',
  javascript: 'js jsx mjs cjs node',
  json: 'jsonc json5 jsonl',
  kotlin: 'kt kts',
  lua: '',
  makefile: 'make mk',
  markdown: 'md mkd',
  php: '',
  powershell: 'ps ps1 pwsh',
  python: 'py py3 python3',
  ruby: 'rb',
  rust: 'rs',
  scss: 'sass',
  sql: 'mysql postgres postgresql sqlite',
  swift: '',
  typescript: 'ts tsx mts cts',
  xml: 'html xhtml svg vue rss plist',
  yaml: 'yml',
} as const

export type CodeLanguage = keyof typeof names

const isLanguage = (name: string): name is CodeLanguage => Object.hasOwn(names, name)
const byName = new Map<string, CodeLanguage>(Object.keys(names).filter(isLanguage).flatMap(language => [language, ...names[language].split(' ')].map((name): [string, CodeLanguage] => [name, language])))

/** The language that is meant by the word after a fence; undefined: none that is known, and nothing is guessed. */
export const languageOf = (word: string): CodeLanguage | undefined => word === '' ? undefined : byName.get(word.toLowerCase())
