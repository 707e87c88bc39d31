#!/usr/bin/env node
import { defineCommand, runMain } from 'citty'
import manifest from '#parley/package.json' with { type: 'json' }

/**
 * The command line of whoever runs the server. Commands are loaded when they are asked for: none of them pays for the others.
 *
 * Exit codes: 0 done; 1 not done, with one line on standard error that says why.
 */
const parley = defineCommand({
  meta: { name: 'parley', version: manifest.version, description: 'Looks after a Parley server' },
  subCommands: {
    doctor: async () => (await import('#parley/cli/commands/doctor.ts')).doctor,
    backup: async () => (await import('#parley/cli/commands/backup.ts')).backup,
    restore: async () => (await import('#parley/cli/commands/restore.ts')).restore,
    export: async () => (await import('#parley/cli/commands/export.ts')).exportConversations,
    import: async () => (await import('#parley/cli/commands/import.ts')).importConversations,
    user: async () => (await import('#parley/cli/commands/user.ts')).user,
    gc: async () => (await import('#parley/cli/commands/gc.ts')).gc,
  },
})

await runMain(parley)
