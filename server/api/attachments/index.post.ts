import * as v from 'valibot'
import { boundaryOf, fileParts, MalformedForm, type FilePart } from '#parley/server/attachments/multipart.ts'
import { FileStoreFull, FileStoreUnavailable } from '#parley/server/attachments/ports.ts'
import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import { readQuery } from '#parley/server/utils/request-body.ts'
import { setStatus } from '#parley/server/utils/request-event.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'
import { previewLimits } from '#parley/shared/attachments.ts'
import type { AttachmentResponse } from '#parley/shared/http.ts'

/** Bytes of a form beside its file. */
const formBytes = 64 * 1024
/** Ms without a byte after which an upload is given up: its client tries again, under the same key. */
const patience = 60_000
/** Ms after which a server that has no room may have some again, and after which a storage that is away may be back. */
const retryAfter = { full: 60_000, away: 5_000 }

const query = v.object({ key: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(64))) })

/** Left half-read when it is refused: Node reads the rest away, so that the client gets the answer instead of a broken connection. */
const bodyOf = (event: RequestEvent): AsyncIterable<Uint8Array> => ({ [Symbol.asyncIterator]: () => event.node.req.iterator({ destroyOnReturn: false }) })

/** At most as much as a preview may have, and one byte more to tell that it has more. */
async function few(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of bytes) {
    if (size <= previewLimits.bytes) pieces.push(piece)
    size += piece.length
  }
  return Buffer.concat(pieces).subarray(0, previewLimits.bytes + 1)
}

/** The file of the form, and the preview of it that may come before. */
async function partsOf(parts: AsyncIterator<FilePart>): Promise<{ file: FilePart, preview?: Uint8Array }> {
  let preview: Uint8Array | undefined
  for (let next = await parts.next(); next.done !== true; next = await parts.next()) {
    const { field, bytes } = next.value
    if (field === 'file') return { file: next.value, ...(preview === undefined ? {} : { preview }) }
    if (field === 'preview') preview = await few(bytes)
    else for await (const _piece of bytes);
  }
  throw refusal('bad_request')
}

/** A file, as `multipart/form-data` with the field `file`, before it perhaps `preview`, a smaller copy of a picture; it is sent with a message later (PROTOCOL 5). */
export default accountHandler(async (event, { account }): Promise<AttachmentResponse> => {
  spend('ops', account.id)
  const { attachments } = useParley()
  const boundary = boundaryOf(getRequestHeader(event, 'content-type'))
  if (boundary === undefined) throw refusal('bad_request')
  const { key } = readQuery(event, query)
  if (Number(getRequestHeader(event, 'content-length') ?? 0) > attachments.maxBytes + previewLimits.bytes + formBytes) throw refusal('file_too_large')
  event.node.req.setTimeout(patience, () => event.node.req.destroy())
  try {
    const { file, preview } = await partsOf(fileParts(bodyOf(event), boundary))
    const outcome = await attachments.receive(account.id, { name: file.fileName, key, bytes: file.bytes, preview })
    if (!outcome.ok) throw refusal(outcome.code)
    setStatus(event, outcome.duplicate ? 200 : 201)
    return { attachment: outcome.attachment }
  }
  catch (error) {
    if (error instanceof MalformedForm) throw refusal('bad_request')
    if (error instanceof FileStoreFull) throw refusal('store_unavailable', retryAfter.full)
    if (error instanceof FileStoreUnavailable) throw refusal('store_unavailable', retryAfter.away)
    throw error
  }
})
