import type { FreedSpace, StorageUse } from '#parley/shared/administration.ts'
import { auditOf, type Actor } from '#parley/server/administration/admin.ts'
import type { Attachments } from '#parley/server/attachments/attachments.ts'
import type { Clock, Store } from '#parley/server/chat/ports.ts'

export interface StorageKeeperOptions {
  store: Store
  attachments: Pick<Attachments, 'collect' | 'maxBytes' | 'quota'>
  clock: Pick<Clock, 'now'>
}

/** Conversations named as the largest. */
const mostConversations = 10

/** What is stored, and how some of it is got back. */
export interface StorageKeeper {
  use(): Promise<StorageUse>
  /** Collects files that nothing will ever ask for; see {@link Attachments.collect}. */
  free(actor: Actor): Promise<FreedSpace>
}

export function createStorageKeeper({ store, attachments, clock }: StorageKeeperOptions): StorageKeeper {
  return {
    async use() {
      const [{ database, files, uploaders }, conversations] = await Promise.all([store.storedSizes(), store.largestConversations(mostConversations)])
      const { quota, maxBytes } = attachments
      return { database, files: { ...files, maxBytes, ...(quota === undefined ? {} : { quota }) }, conversations, uploaders }
    },
    async free(actor) {
      const freed = { files: await attachments.collect() }
      await store.recordAudit(auditOf(actor, clock.now(), 'storage.free', { detail: freed }))
      return freed
    },
  }
}
