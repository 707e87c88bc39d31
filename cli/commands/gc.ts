import { defineAct } from '#parley/cli/act.ts'
import { CommandError } from '#parley/cli/command-error.ts'

export const gc = defineAct({ name: 'gc', description: 'Frees space' }, {}, async () => {
  throw new CommandError('not there yet')
})
