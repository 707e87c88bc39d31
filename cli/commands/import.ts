import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { defineAct, say } from '#parley/cli/act.ts'
import { CommandError } from '#parley/cli/command-error.ts'
import { Importer } from '#parley/cli/exchange/read-import.ts'
import { openFileStore } from '#parley/cli/open-files.ts'
import { withStore } from '#parley/cli/open-store.ts'
import { createPasswordHasher } from '#parley/cli/password-hasher.ts'
import { dataDirOption, placesOf } from '#parley/cli/settings.ts'

async function takeAll(importer: Importer, input: NodeJS.ReadableStream): Promise<void> {
  let number = 0
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      number++
      if (line.trim() !== '') await importer.take(line)
    }
  }
  catch (error) {
    importer.abandon()
    throw error instanceof CommandError ? new CommandError(`line ${number}: ${error.message}`) : error
  }
}

export const importConversations = defineAct({ name: 'import', description: 'Reads conversations that were exported. What is here already is left as it is, so it may be run again. Best while the server is stopped' }, {
  'file': { type: 'positional', required: true, description: 'The export; "-" is standard input' },
  'same-names': { type: 'boolean', description: 'Take accounts of one user name for one person; refused by default' },
  ...dataDirOption,
}, async (args) => {
  const places = placesOf(args['data-dir'])
  const input = args.file === '-' ? process.stdin : (await open(resolve(args.file), 'r')).createReadStream()
  await withStore(places.dataDir, async (store) => {
    if (await store.userCount() === 0) throw new CommandError('this server has no account yet; make its admin first: parley user add')
    // New accounts get a password that nobody knows; an admin gives out links.
    const passwordHash = await createPasswordHasher().hash(randomBytes(32).toString('base64url'))
    const importer = new Importer({ store, files: await openFileStore(places), sameNames: args['same-names'] === true, passwordHash, now: Date.now() })
    await takeAll(importer, input)
    const { conversations, added, known, accounts, files } = await importer.finish()
    say(`${conversations} conversations: ${added} events added, ${known} were here already; ${files} files and ${accounts} accounts added`)
  })
})
