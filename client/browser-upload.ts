import type { HttpAnswer, UploadRequest } from '#parley/client/environment.ts'
import type { AttachmentResponse } from '#parley/shared/http.ts'

/** Ms without progress after which an upload counts as unanswered; the server needs some for a file that it has received. */
const patience = 60_000

const codeOf = (body: unknown): string => {
  const data = typeof body === 'object' && body !== null && 'data' in body ? body.data : undefined
  return typeof data === 'object' && data !== null && 'code' in data && typeof data.code === 'string' ? data.code : ''
}

/** An answer that is not our server's JSON comes from a portal or proxy on the way: unreachable (F23). */
function answerOf({ status, response }: XMLHttpRequest): HttpAnswer<AttachmentResponse> {
  const body: unknown = response
  if (status >= 200 && status < 300) {
    const told = typeof body === 'object' && body !== null && 'attachment' in body
    return told ? { kind: 'ok', value: body as AttachmentResponse } : { kind: 'unreachable' }
  }
  if (status === 413) return { kind: 'refused', status, code: codeOf(body) } // a proxy's own limit is one too
  return codeOf(body) === '' ? { kind: 'unreachable' } : { kind: 'refused', status, code: codeOf(body) }
}

/** One upload; never throws. By XMLHttpRequest: fetch tells nothing of how far an upload is. */
export function uploadFile(origin: string, { key, file, name, preview, progress, signal }: UploadRequest): Promise<HttpAnswer<AttachmentResponse>> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest()
    const form = new FormData()
    if (preview !== undefined) form.set('preview', preview, 'preview') // before the file: the server reads the form while it arrives
    form.set('file', file, name)
    let timer: ReturnType<typeof setTimeout> | undefined
    const alive = () => {
      clearTimeout(timer)
      timer = setTimeout(() => request.abort(), patience)
    }
    const end = (answer: HttpAnswer<AttachmentResponse>) => {
      clearTimeout(timer)
      resolve(answer)
    }
    request.upload.onprogress = ({ loaded }) => {
      alive()
      progress(Math.min(loaded, file.size))
    }
    request.onload = () => end(answerOf(request))
    request.onerror = () => end({ kind: 'unreachable' })
    request.onabort = () => end({ kind: 'unreachable' })
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.open('POST', `${origin}/api/attachments?key=${encodeURIComponent(key)}`)
    request.responseType = 'json'
    request.setRequestHeader('accept', 'application/json')
    alive()
    request.send(form)
  })
}
