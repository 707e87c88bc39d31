import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { fileCaching } from '#parley/server/utils/file-caching.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import { pathId } from '#parley/server/utils/request-body.ts'
import { streamAnswer } from '#parley/server/utils/stream-answer.ts'

/** The bytes of an avatar, for anybody who is logged in: its id is a hash that only those know who have seen it. */
export default accountHandler(async (event) => {
  const { avatars } = useParley()
  const avatar = await avatars.find(pathId(event, 'id'))
  const bytes = avatar && await avatars.read(avatar)
  if (!avatar || !bytes) throw refusal('not_found')
  event.node.res.writeHead(200, {
    'content-type': avatar.mime,
    'content-length': avatar.size,
    'content-disposition': 'inline',
    'x-content-type-options': 'nosniff',
    'content-security-policy': 'default-src \'none\'; sandbox',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': fileCaching(event),
    'vary': 'cookie, authorization',
  })
  await streamAnswer(bytes, event.node.res)
})
