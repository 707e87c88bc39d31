/** What the text of a new message is when it is sent (U-P14). */
export type Typed = { kind: 'text', text: string } | { kind: 'command', name: string, args: string }

/** A slash, a name and nothing else, or white space after it: `/usr/bin`, `/` and `/ text` are none. */
const shape = /^\/([\p{L}\p{N}][\p{L}\p{M}\p{N}_-]{0,31})(?:\s+([\s\S]*))?$/u

/** A second slash before what would be a command makes it a text, without that slash; anything else is a text as it stands. */
export function readTyped(text: string): Typed {
  if (text.startsWith('/') && shape.test(text.slice(1))) return { kind: 'text', text: text.slice(1) }
  const [, name, args = ''] = shape.exec(text) ?? []
  // Keyboards of phones begin with a capital.
  return name === undefined ? { kind: 'text', text } : { kind: 'command', name: name.toLowerCase(), args: args.trim() }
}
