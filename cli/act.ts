import { defineCommand } from 'citty'
import type { ArgsDef, CommandContext, CommandDef, CommandMeta } from 'citty'
import { CommandError, told } from '#parley/cli/command-error.ts'

const camel = (name: string): string => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

/** A mistyped option would otherwise be passed over in silence: `--kep 7` keeps every backup for ever. */
function checkOptions(args: ArgsDef, given: object, words: readonly string[]): void {
  const known = new Set(Object.keys(args).map(camel))
  for (const name of Object.keys(given)) {
    if (name !== '_' && !known.has(camel(name))) throw new CommandError(`there is no option --${name}; see --help`)
  }
  const places = Object.values(args).filter(({ type }) => type === 'positional').length
  if (words.length > places) throw new CommandError(`"${words[places]}" is one argument too many; see --help`)
}

/**
 * A command whose failure is one line on standard error and exit code 1.
 *
 * @param run resolves when it is done; whatever it throws is told
 */
export function defineAct<const T extends ArgsDef>(meta: CommandMeta, args: T, run: (args: CommandContext<T>['args']) => Promise<void>): CommandDef<T> {
  return defineCommand({
    meta,
    args,
    async run(context: CommandContext<T>) {
      try {
        checkOptions(args, context.args, context.args._)
        await run(context.args)
      }
      catch (error) {
        process.stderr.write(`parley: ${told(error)}\n`)
        process.exitCode = 1
      }
    },
  })
}

/** Something that the command tells, on standard output. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
