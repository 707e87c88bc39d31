import { setStatus } from '#parley/server/utils/request-event.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useChat } from '#parley/server/utils/chat.ts'
import { refusal, rejection } from '#parley/server/utils/http-refusal.ts'
import { pathId, readJsonObject } from '#parley/server/utils/request-body.ts'
import { decodeOpBody } from '#parley/shared/protocol/index.ts'

/** An op over HTTP, for bots: judged, limited and carried out exactly as on the wire (S1–S3, S8, S9, L4). */
export default accountHandler(async (event, { account }) => {
  const conversation = pathId(event, 'id')
  const incoming = decodeOpBody({ ...await readJsonObject(event), type: 'send', conversation })
  if (incoming.kind === 'refused-op') throw rejection(incoming.code, incoming.message)
  if (incoming.kind !== 'op') throw refusal('bad_request')
  const answer = await useChat().submit(account.id, incoming.op)
  if (answer.type === 'reject') throw rejection(answer.code, answer.message)
  setStatus(event, answer.duplicate === true ? 200 : 201)
  return { seq: answer.seq, at: answer.at }
})
