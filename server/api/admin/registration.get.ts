import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import type { RegistrationState } from '#parley/shared/administration.ts'

/** Who may make an account now, and why. */
export default adminHandler((): RegistrationState => useParley().administration.settings.registration)
