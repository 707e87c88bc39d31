import { once } from 'node:events'
import { stdin, stderr } from 'node:process'
import { text } from 'node:stream/consumers'
import { CommandError } from '#parley/cli/command-error.ts'

/** One line of a terminal that is not shown. */
async function readHidden(question: string): Promise<string> {
  stderr.write(question)
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  stdin.resume()
  let line = ''
  try {
    for (;;) {
      const [typed] = await once(stdin, 'data') as [string]
      for (const letter of typed) {
        if (letter === '\r' || letter === '\n') return line
        if (letter === '\u0003') throw new CommandError('broken off')
        line = letter === '\u007F' || letter === '\b' ? Array.from(line).slice(0, -1).join('') : line + letter
      }
    }
  }
  finally {
    stdin.setRawMode(false)
    stdin.pause()
    stderr.write('\n')
  }
}

/**
 * A new password: the first line of standard input, or asked for twice at a terminal. Never an argument: those stand in the list of
 * processes and in the shell's history.
 *
 * @throws CommandError
 */
export async function readPassword(): Promise<string> {
  if (!stdin.isTTY) return (await text(stdin)).split(/\r?\n/)[0] ?? ''
  const first = await readHidden('Password: ')
  if (await readHidden('Once more: ') !== first) throw new CommandError('these were two different ones')
  return first
}
