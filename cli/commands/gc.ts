import { join } from 'node:path'
import { defineAct, say } from '#parley/cli/act.ts'
import { commandLog } from '#parley/cli/command-log.ts'
import { openFileStore } from '#parley/cli/open-files.ts'
import { withStore } from '#parley/cli/open-store.ts'
import { dataDirOption, placesOf } from '#parley/cli/settings.ts'
import { Housekeeping } from '#parley/server/administration/housekeeping.ts'
import { createServerSettings } from '#parley/server/administration/server-settings.ts'
import { Attachments } from '#parley/server/attachments/attachments.ts'
import type { HousekeepingOptions } from '#parley/server/administration/housekeeping.ts'
import { systemClock as clock, systemRandom as random } from '#parley/server/config/system.ts'
import type { SqliteStore } from '#parley/server/storage/sqlite/sqlite-store.ts'
import { countErasable } from '#parley/server/storage/sqlite/upkeep.ts'

/** What deletes for the server's policies. A server that runs reads these events within seconds (O4). */
function chatOf(store: SqliteStore): HousekeepingOptions['chat'] {
  return {
    async actAsServer(conversation, actor, change, extra) {
      const result = await store.append({ ...extra, conversation, actor, change, cid: random.cid(), at: clock.now(), authority: 'server' })
      return result.ok ? { ok: true, value: undefined } : result
    },
  }
}

export const gc = defineAct({ name: 'gc', description: 'Erases what nobody can ask for any more: messages beyond their retention, files of deleted messages, files that were never sent, bytes that a crash left' }, {
  'dry-run': { type: 'boolean', description: 'Only tell what there is to do' },
  ...dataDirOption,
}, async (args) => {
  const places = placesOf(args['data-dir'])
  await withStore(places.dataDir, async (store) => {
    const log = commandLog
    const settings = await createServerSettings({ store, clock, log, registration: 'open' })
    const housekeeping = new Housekeeping({ store, chat: chatOf(store), clock, log, policies: () => settings.policies })
    const attachments = new Attachments({ store, files: await openFileStore(places), clock, random, log, maxBytes: 0, quota: undefined })
    if (args['dry-run']) {
      let strays = 0
      for await (const _ of attachments.strays()) strays++
      const due = await housekeeping.due()
      say(`To be erased: ${due} messages beyond their retention, ${await countErasable(join(places.dataDir, 'parley.db'), clock.now())} files, ${strays} files without a record`)
      return
    }
    const due = await housekeeping.due()
    while (await housekeeping.round());
    say(`Erased: ${due} messages beyond their retention, ${await attachments.collect()} files`)
  })
})
