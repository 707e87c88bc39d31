import { defineAct } from '#parley/cli/act.ts'
import { CommandError } from '#parley/cli/command-error.ts'

export const backup = defineAct({ name: 'backup', description: 'Makes a verified backup while the server runs' }, {}, async () => {
  throw new CommandError('not there yet')
})
