import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import type { ServerPolicies } from '#parley/shared/administration.ts'

/** What admins have decided about messages and files. */
export default adminHandler((): ServerPolicies => useParley().administration.settings.policies)
