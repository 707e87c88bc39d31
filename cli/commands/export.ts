import { defineAct } from '#parley/cli/act.ts'
import { CommandError } from '#parley/cli/command-error.ts'

export const exportConversations = defineAct({ name: 'export', description: 'Writes conversations as JSON Lines' }, {}, async () => {
  throw new CommandError('not there yet')
})
