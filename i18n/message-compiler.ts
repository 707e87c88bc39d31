/** What of vue-i18n's context a message needs. */
interface MessageContext {
  named(name: string): unknown
  interpolate(value: unknown): string
  normalize(pieces: string[]): string
  plural(cases: string[]): string
}
type MessageFunction = (context: MessageContext) => string

const placeholder = /\{\s*(?:'([^']*)'|(\w+))\s*\}/gu

/** One case of a message: text with `{name}` and `{'literal'}`. */
function compileCase(source: string): MessageFunction {
  const pieces: (string | { name: string })[] = []
  let from = 0
  for (const { index, 0: whole, 1: literal, 2: name } of source.matchAll(placeholder)) {
    if (index > from) pieces.push(source.slice(from, index))
    pieces.push(name === undefined ? literal ?? '' : { name })
    from = index + whole.length
  }
  if (from < source.length) pieces.push(source.slice(from))
  return context => context.normalize(pieces.map(piece => typeof piece === 'string' ? piece : context.interpolate(context.named(piece.name))))
}

function compile(source: string): MessageFunction {
  const cases = source.split('|')
  if (cases.length === 1) return compileCase(source)
  const compiled = cases.map(one => compileCase(one.trim()))
  return context => context.plural(compiled.map(one => one(context)))
}

const compiled = new Map<string, MessageFunction>()

/**
 * The messages of the locale files reach the browser as text. vue-i18n's own compiler would be 6 KiB of every first load, for a syntax of
 * which they use three forms: `{name}`, `{'literal'}` and `one | many`. tests/unit/locales.test.ts holds each message against the whole
 * compiler.
 */
export function compileMessage(source: unknown): MessageFunction {
  if (typeof source !== 'string') throw new TypeError('messages are text')
  const known = compiled.get(source) ?? compile(source)
  compiled.set(source, known)
  return known
}
