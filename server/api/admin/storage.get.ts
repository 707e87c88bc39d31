import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import type { StorageUse } from '#parley/shared/administration.ts'

/** What database and files take up, and where the most of it lies. */
export default adminHandler((): Promise<StorageUse> => useParley().administration.storage.use())
