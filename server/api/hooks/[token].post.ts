import { apiHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { clientOf } from '#parley/server/utils/client-facts.ts'
import { hookPostFields } from '#parley/server/utils/hook-fields.ts'
import { valueOf } from '#parley/server/utils/outcome.ts'
import { pathId, readFields } from '#parley/server/utils/request-body.ts'
import { setStatus } from '#parley/server/utils/request-event.ts'

/** A post by an incoming webhook: whoever has the token may write to its conversation, and nothing else. */
export default apiHandler(async (event) => {
  const token = pathId(event, 'token')
  const { text, name, username, emoji, cid } = await readFields(event, hookPostFields)
  const shown = name ?? username
  const post = { text, ...(shown === undefined ? {} : { name: shown }), ...(emoji === undefined ? {} : { emoji }), ...(cid === undefined ? {} : { cid }) }
  const { duplicate, seq, at } = valueOf(await useParley().receiveHook(token, post, clientOf(event).address))
  setStatus(event, duplicate ? 200 : 201)
  return { seq, at }
})
