import { rangeOf } from '#parley/server/attachments/byte-range.ts'
import { disposition } from '#parley/server/attachments/file-name.ts'
import { FileStoreUnavailable } from '#parley/server/attachments/ports.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import { fileCaching } from '#parley/server/utils/file-caching.ts'
import { streamAnswer } from '#parley/server/utils/stream-answer.ts'
import { setStatus } from '#parley/server/utils/request-event.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'
import { kindOf } from '#parley/shared/attachments.ts'
import type { Attachment } from '#parley/shared/model.ts'

/**
 * X29: what a browser could run is never shown in our origin. Only pictures, sound and film are `inline`, their type is the one that was
 * found in the bytes, and should a browser take them for a page all the same, the page may do nothing.
 */
function headersOf(event: RequestEvent, { id, name, mime }: Attachment): Record<string, string> {
  return {
    'content-type': mime === 'text/plain' ? 'text/plain; charset=utf-8' : mime,
    'content-disposition': disposition(kindOf(mime) !== 'file', name),
    'x-content-type-options': 'nosniff',
    'content-security-policy': 'default-src \'none\'; sandbox',
    'cross-origin-resource-policy': 'same-origin',
    'accept-ranges': 'bytes',
    'etag': `"${id}"`,
    // By cookie, so that what one account has loaded is not given to the next one at the same browser.
    'cache-control': fileCaching(event),
    'vary': 'cookie, authorization',
  }
}

/** Ms after which a storage that is away may be back. */
const retryAfter = 5_000

async function stored<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  }
  catch (error) {
    throw error instanceof FileStoreUnavailable ? refusal('store_unavailable', retryAfter) : error
  }
}

const names = (header: string | undefined, etag: string): boolean => header?.split(',').some(item => [etag, `W/${etag}`, '*'].includes(item.trim())) === true

/** Answers with the smaller copy of a picture, or with the picture where there is none. The caller has checked that it may be read. */
export async function sendPreview(event: RequestEvent, attachment: Attachment): Promise<void> {
  const preview = await stored(() => useParley().attachments.preview(attachment))
  if (preview === undefined) return sendAttachment(event, attachment)
  const { 'accept-ranges': _whole, ...headers } = headersOf(event, { ...attachment, mime: preview.mime })
  const etag = `"${attachment.id}.preview"`
  const unchanged = names(getRequestHeader(event, 'if-none-match'), etag)
  event.node.res.writeHead(unchanged ? 304 : 200, { ...headers, etag, ...(unchanged ? {} : { 'content-length': preview.bytes.length }) })
  event.node.res.end(unchanged ? undefined : preview.bytes)
}

/** Answers with the bytes of a file, whole or in the range that was asked for. The caller has checked that it may be read. */
export async function sendAttachment(event: RequestEvent, attachment: Attachment): Promise<void> {
  const headers = headersOf(event, attachment)
  const { res } = event.node
  const etag = `"${attachment.id}"`
  if (names(getRequestHeader(event, 'if-none-match'), etag)) {
    res.writeHead(304, headers).end()
    return
  }
  const ifRange = getRequestHeader(event, 'if-range')
  const range = ifRange === undefined || ifRange === etag ? rangeOf(getRequestHeader(event, 'range'), attachment.size) : undefined
  if (range === 'none') {
    setResponseHeader(event, 'content-range', `bytes */${attachment.size}`)
    setStatus(event, 416)
    res.end()
    return
  }
  const bytes = await stored(() => useParley().attachments.files.read(attachment.id, range))
  if (bytes === undefined) throw refusal('not_found')
  const length = range === undefined ? attachment.size : range.to - range.from + 1
  res.writeHead(range === undefined ? 200 : 206, {
    ...headers, 'content-length': length, ...(range === undefined ? {} : { 'content-range': `bytes ${range.from}-${range.to}/${attachment.size}` }),
  })
  // Not awaited: a shutdown waits for requests, and a film may take an hour to be watched. A reader who leaves ends the pipe, which closes the file.
  void streamAnswer(bytes, res)
}
