import { open, rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { defineAct } from '#parley/cli/act.ts'
import { CommandError } from '#parley/cli/command-error.ts'
import type { ExportLine } from '#parley/cli/exchange/lines.ts'
import { Exporter } from '#parley/cli/exchange/write-export.ts'
import { openFileStore } from '#parley/cli/open-files.ts'
import { withStore } from '#parley/cli/open-store.ts'
import { dataDirOption, placesOf } from '#parley/cli/settings.ts'
import manifest from '#parley/package.json' with { type: 'json' }
import type { SqliteStore } from '#parley/server/storage/sqlite/sqlite-store.ts'

const pageSize = 500

async function* conversationsOf(store: SqliteStore, only: string | undefined): AsyncGenerator<string> {
  if (only !== undefined) {
    if (await store.conversationForAdmin(only) === undefined) throw new CommandError(`there is no conversation ${only}`)
    return yield only
  }
  for (let after: string | undefined; ;) {
    const page = await store.conversationsForAdmin({ limit: pageSize, ...(after === undefined ? {} : { after }) })
    for (const { id } of page) yield id
    if (page.length < pageSize) return
    after = page.at(-1)?.id
  }
}

async function* textOf(exporter: Exporter, store: SqliteStore, only: string | undefined): AsyncGenerator<string> {
  const line = (value: ExportLine): string => `${JSON.stringify(value)}\n`
  yield line(exporter.begin())
  for await (const id of conversationsOf(store, only)) for await (const value of exporter.conversation(id)) yield line(value)
}

/** The file gets its name when it is whole. */
async function save(text: AsyncGenerator<string>, target: string): Promise<void> {
  const draft = `${target}.partial`
  try {
    const file = await open(draft, 'w', 0o600)
    await pipeline(Readable.from(text), file.createWriteStream({ flush: true }))
    await rename(draft, target)
  }
  catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

export const exportConversations = defineAct({ name: 'export', description: 'Writes conversations as JSON Lines: people, log, reactions, files. Passwords, log-ins and settings are no part of it' }, {
  file: { type: 'positional', required: true, description: 'The file to write; "-" is standard output' },
  conversation: { type: 'string', valueHint: 'id', description: 'Only this conversation; all by default' },
  files: { type: 'boolean', default: true, negativeDescription: 'Without the bytes of files' },
  ...dataDirOption,
}, async (args) => {
  const places = placesOf(args['data-dir'])
  await withStore(places.dataDir, async (store) => {
    const exporter = new Exporter({ store, files: args.files === false ? undefined : await openFileStore(places), version: manifest.version, now: Date.now() })
    const text = textOf(exporter, store, args.conversation)
    if (args.file === '-') await pipeline(Readable.from(text), process.stdout)
    else await save(text, resolve(args.file))
    process.stderr.write(`parley: ${exporter.messages} messages, ${exporter.files} files\n`)
  })
})
