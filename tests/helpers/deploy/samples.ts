import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectRoot } from '#parley/tests/helpers/build.ts'
import type { Certificate } from '#parley/tests/helpers/deploy/certificates.ts'

/** What a test puts in place of what an administrator puts there: ports, the name, the certificate, the server's port. */
export interface Place { http: number, https: number, server: number, certificate: Certificate }

/** Replaces all of a text that must be there: a sample that has changed must not pass untested. */
function put(sample: string, replacements: readonly (readonly [string, string])[]): string {
  return replacements.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the sample has no "${from}"`)
    return text.replaceAll(from, to)
  }, sample)
}

const sampleOf = (name: string): Promise<string> => readFile(join(projectRoot, 'deploy', name), 'utf8')

/** deploy/nginx.conf, for chat.example.com at these ports; its log is `parley.log` in the proxy's folder. */
export async function nginxSample({ http, https, server, certificate }: Place): Promise<string> {
  return put(await sampleOf('nginx.conf'), [
    ['listen 80;', `listen 127.0.0.1:${http};`], ['listen [::]:80;', `listen 127.0.0.2:${http};`],
    ['listen 443 ssl', `listen 127.0.0.1:${https} ssl`], ['listen [::]:443 ssl', `listen 127.0.0.2:${https} ssl`],
    ['/etc/letsencrypt/live/chat.example.com/fullchain.pem', certificate.certificate], ['/etc/letsencrypt/live/chat.example.com/privkey.pem', certificate.key],
    ['/var/log/nginx/parley.log', 'FOLDER/parley.log'], ['127.0.0.1:3000', `127.0.0.1:${server}`],
  ])
}

/** deploy/Caddyfile likewise. */
export async function caddySample({ http, https, certificate }: Place): Promise<string> {
  const main = `{\n  admin off\n  http_port ${http}\n  https_port ${https}\n}\n`
  return main + put(await sampleOf('Caddyfile'), [
    ['reverse_proxy {$PARLEY_UPSTREAM', `tls ${certificate.certificate} ${certificate.key}\n\treverse_proxy {$PARLEY_UPSTREAM`],
    ['\tlog {', '\tlog {\n\t\toutput file FOLDER/parley.log'],
  ])
}
