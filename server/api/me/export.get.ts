import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { exportArchive } from '#parley/server/utils/export-archive.ts'

/** Everything that is the caller's own, as a zip: profile, conversations, messages, a list of files. Made as it is read. */
export default accountHandler(async (event, { account }) => {
  spend('exports', account.id)
  const { store, chat, log } = useParley()
  const at = Date.now()
  const createdAt = (await store.userById(account.id))?.createdAt
  event.node.res.writeHead(200, {
    'content-type': 'application/zip',
    'content-disposition': `attachment; filename="parley-${new Date(at).toISOString().slice(0, 10)}.zip"`,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  })
  const archive = exportArchive({ account: { ...account, ...(createdAt === undefined ? {} : { createdAt }) }, at, store, conversations: () => chat.conversations(account.id) })
  // Not awaited, as with files: whoever leaves ends it, and a zip that breaks off cannot be opened.
  void pipeline(Readable.from(archive), event.node.res).catch((error: unknown) => log.warn('an export was broken off', { user: account.id, error: String(error) }))
})
