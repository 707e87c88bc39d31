import { fault, note, ok, warning } from '#parley/cli/doctor/finding.ts'
import type { Finding } from '#parley/cli/doctor/finding.ts'
import { ask, jsonOf } from '#parley/cli/doctor/http-probe.ts'
import type { Target } from '#parley/cli/doctor/http-probe.ts'
import type { DiagnosisResponse } from '#parley/shared/http.ts'

const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024 * 10) / 10} MiB`

/** Ms in which an answer that needs none of the body has come, if the request was handed on. */
const early = 2_500

/**
 * Announces an upload of the size that the server takes, and sends none of it. A proxy with a smaller limit refuses it at once; the server
 * asks for a log-in at once; a proxy that waits for all of it before handing it on says nothing.
 */
export async function checkUploads(target: Target, { limits: { uploadBytes } }: DiagnosisResponse): Promise<Finding[]> {
  const answer = await ask(target, '/api/attachments', {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=doctor', 'content-length': String(uploadBytes), 'origin': target.url.origin },
    unfinished: true,
    patience: early,
  })
  const size = mebibytes(uploadBytes)
  if (answer.kind === 'none') {
    return answer.reason.startsWith('no answer')
      ? [note('payload', `files of ${size} pass the proxy, which collects each before it hands it on: uploads take its disk and twice the time`, 'requestBuffering')]
      : [note('payload', `the upload limit is not looked at (${answer.reason})`)]
  }
  if (answer.status === 413) return [fault('payload', `the proxy refuses files that the server takes, of up to ${size}`, 'uploadLimit')]
  if (jsonOf(answer)?.['statusCode'] === answer.status) return [ok('payload', `files of up to ${size} pass`)]
  return [warning('payload', `an upload of ${size} is answered with ${answer.status} by something before the server`, 'uploadLimit')]
}
