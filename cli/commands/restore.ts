import { defineAct } from '#parley/cli/act.ts'
import { CommandError } from '#parley/cli/command-error.ts'

export const restore = defineAct({ name: 'restore', description: 'Puts a backup in place of the data folder' }, {}, async () => {
  throw new CommandError('not there yet')
})
