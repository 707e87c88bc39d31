import * as v from 'valibot'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useChat } from '#parley/server/utils/chat.ts'
import { idField } from '#parley/server/utils/field-schemas.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId, readQuery } from '#parley/server/utils/request-body.ts'
import type { MembersResponse } from '#parley/shared/http.ts'

const fields = v.object({ after: v.optional(idField) })

export default accountHandler(async (event, { account }): Promise<MembersResponse> =>
  valueOf(await useChat().members(account.id, pathId(event, 'id'), readQuery(event, fields).after)))
