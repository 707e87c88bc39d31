import * as v from 'valibot'
import { spend } from '#parley/server/utils/allowance.ts'
import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { readFields } from '#parley/server/utils/request-body.ts'
import type { RegistrationState } from '#parley/shared/administration.ts'

const fields = v.object({ mode: v.nullable(v.picklist(['open', 'invite', 'closed'])) })

/** Chooses who may make an account; `null` goes back to the setting of the server's start. In force at once. */
export default adminHandler(async (event, actor): Promise<RegistrationState> => {
  const { settings } = useParley().administration
  spend('ops', actor.account.id)
  const { mode } = await readFields(event, fields)
  await settings.saveRegistration(actor, mode ?? undefined)
  return settings.registration
})
