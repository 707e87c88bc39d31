import { note, ok, warning } from '#parley/cli/doctor/finding.ts'
import type { Finding } from '#parley/cli/doctor/finding.ts'
import { ask, headerOf } from '#parley/cli/doctor/http-probe.ts'
import type { Target } from '#parley/cli/doctor/http-probe.ts'

/** Scripts of which even one that is not compressed is felt on a phone. */
const small = 8 * 1024

/** Whether the files of the build come compressed and may be kept for ever, as the server sends them. */
export async function checkAssets(target: Target): Promise<Finding[]> {
  const page = await ask(target, '/login')
  if (page.kind === 'none' || page.status !== 200) return [warning('assets', `the log-in page does not come (${page.kind === 'none' ? page.reason : page.status})`)]
  const paths = [...new Set(page.body.match(/\/_nuxt\/[\w.-]+\.js/g) ?? [])]
  const [path] = paths
  if (path === undefined) return [warning('assets', 'the log-in page names no scripts', 'path')]
  const script = await ask(target, path, { headers: { 'accept-encoding': 'gzip, br' } })
  if (script.kind === 'none' || script.status !== 200) return [warning('assets', `${path} does not come (${script.kind === 'none' ? script.reason : script.status})`, 'path')]
  const findings: Finding[] = []
  const encoding = headerOf(script.headers, 'content-encoding')
  if (encoding === undefined && script.size > small) findings.push(warning('assets', 'scripts come uncompressed: the first visit takes three to four times the bytes', 'compression'))
  const caching = headerOf(script.headers, 'cache-control') ?? ''
  if (!caching.includes('immutable') || /no-store|no-cache|max-age=0/.test(caching)) findings.push(warning('assets', `scripts may not be kept by browsers (cache-control: ${caching || 'none'}): every visit loads everything again`, 'caching'))
  const isTls = target.url.protocol === 'https:'
  if (isTls && headerOf(page.headers, 'strict-transport-security') === undefined) findings.push(note('tls', 'no Strict-Transport-Security: a first visit by plain http can be intercepted each time'))
  return findings.length > 0 ? findings : [ok('assets', `scripts come compressed${encoding === undefined ? '' : ` (${encoding})`} and are kept by browsers`)]
}
