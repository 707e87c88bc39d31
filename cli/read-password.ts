import { stdin, stderr } from 'node:process'
import { text } from 'node:stream/consumers'
import { CommandError } from '#parley/cli/command-error.ts'

/** What is typed at a terminal, letter by letter; what was typed ahead waits for the next question. */
async function* typed(): AsyncGenerator<string> {
  for await (const chunk of stdin as AsyncIterable<string>) yield* chunk
}

/** One line of a terminal that is not shown. */
async function readHidden(question: string, letters: AsyncGenerator<string>): Promise<string> {
  stderr.write(question)
  const line: string[] = []
  for (;;) {
    const { value: letter, done } = await letters.next()
    if (done === true || letter === '\u0003' || letter === '\u0004') throw new CommandError('broken off')
    if (letter === '\r' || letter === '\n') break
    if (letter === '\u007F' || letter === '\b') line.pop()
    else line.push(letter)
  }
  stderr.write('\n')
  return line.join('')
}

/**
 * A new password: the first line of standard input, or asked for twice at a terminal. Never an argument: those stand in the list of
 * processes and in the shell's history.
 *
 * @throws CommandError
 */
export async function readPassword(): Promise<string> {
  if (!stdin.isTTY) return (await text(stdin)).split(/\r?\n/)[0] ?? ''
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  const letters = typed()
  try {
    const first = await readHidden('Password: ', letters)
    if (await readHidden('Once more: ', letters) !== first) throw new CommandError('these were two different ones')
    return first
  }
  finally {
    stdin.setRawMode(false)
    // Ends the reading too: an open terminal would keep the process from ending.
    await letters.return(undefined)
  }
}
