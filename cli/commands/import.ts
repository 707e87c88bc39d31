import { defineAct } from '#parley/cli/act.ts'
import { CommandError } from '#parley/cli/command-error.ts'

export const importConversations = defineAct({ name: 'import', description: 'Reads conversations from JSON Lines' }, {}, async () => {
  throw new CommandError('not there yet')
})
