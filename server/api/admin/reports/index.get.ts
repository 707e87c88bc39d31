import * as v from 'valibot'
import { adminHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { numberInQuery } from '#parley/server/utils/field-schemas.ts'
import { readQuery } from '#parley/server/utils/request-body.ts'
import type { ReportsResponse } from '#parley/shared/administration.ts'

const fields = v.object({ state: v.optional(v.picklist(['open', 'resolved', 'dismissed'])), before: v.optional(numberInQuery) })

/** Reports in a page. */
const pageSize = 25

/** Reports of messages, newest first. Only for admins of the server: those of a conversation do not learn who reported. */
export default adminHandler(async (event): Promise<ReportsResponse> => {
  const { state, before } = readQuery(event, fields)
  const { next, ...page } = await useParley().store.reports(state, before, pageSize)
  return { ...page, ...(next === undefined ? {} : { next: String(next) }) }
})
