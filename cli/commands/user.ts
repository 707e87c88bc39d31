import { defineAct } from '#parley/cli/act.ts'
import { CommandError } from '#parley/cli/command-error.ts'

export const user = defineAct({ name: 'user', description: 'Accounts' }, {}, async () => {
  throw new CommandError('not there yet')
})
