import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { examine } from '#parley/cli/doctor/doctor.ts'
import type { Examination, Report } from '#parley/cli/doctor/doctor.ts'
import type { Level, Subject } from '#parley/cli/doctor/finding.ts'
import type { MendKey } from '#parley/cli/doctor/mends.ts'
import { projectRoot } from '#parley/tests/helpers/build.ts'
import { createAuthority } from '#parley/tests/helpers/deploy/certificates.ts'
import type { Authority } from '#parley/tests/helpers/deploy/certificates.ts'
import { missingPrograms } from '#parley/tests/helpers/deploy/programs.ts'
import { freePorts, startCaddy, startNginx } from '#parley/tests/helpers/deploy/reverse-proxy.ts'
import { newUser } from '#parley/tests/helpers/http-client.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

/** What must be found: as told, or worse things of which this is the first. */
type Expected = readonly [Subject, Level, MendKey?]

/** Nothing that hurts anybody. */
const clean: readonly Expected[] = []

let server: ServerProcess
let folder: string
let authority: Authority

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-doctor-'))
  server = await startServer()
})

afterAll(async () => {
  await server?.dispose()
  await rm(folder, { recursive: true, force: true })
})

/** The server holds back answers of eight at a time. */
const atOnce = 8

/** All of them, in their order. Most of each is waiting. */
async function examineAll(examinations: readonly Examination[]): Promise<Report[]> {
  const reports: Report[] = []
  const queue = examinations.entries()
  const work = async () => {
    for (const [index, examination] of queue) reports[index] = await examine(examination)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return reports
}

function judge({ findings }: Report, expected: readonly Expected[]): void {
  const told = findings.filter(({ level }) => level === 'fault' || level === 'warning')
  for (const [subject, level, mend] of expected) {
    expect(findings.map(finding => [finding.subject, finding.level, finding.mend])).toContainEqual([subject, level, mend])
  }
  // And nothing that is not: a doctor who finds faults everywhere helps nobody.
  const known = expected.map(([subject]) => subject)
  expect(told.filter(({ subject }) => !known.includes(subject))).toEqual([])
}

/** Headers and settings of a good nginx, each under a name so that a test can leave it out or change it. */
const right = {
  version: 'proxy_http_version 1.1;',
  upgrade: 'proxy_set_header Upgrade $http_upgrade;',
  connection: 'proxy_set_header Connection $connection_upgrade;',
  host: 'proxy_set_header Host $http_host;',
  client: 'proxy_set_header X-Forwarded-For $remote_addr;',
  scheme: 'proxy_set_header X-Forwarded-Proto $scheme;',
  buffers: 'proxy_buffering off; proxy_request_buffering off;',
  body: 'client_max_body_size 0;',
  timeout: 'proxy_read_timeout 75s;',
  more: '',
}

interface Setup {
  title: string
  /** Lines instead of the right ones. */
  change?: Partial<typeof right>
  /** Further locations. */
  locations?: string
  certificate?: 'expired' | 'elsewhere'
  /** Where to, if not to the server. */
  upstream?: string
  /** Looked at without knowing the authority. */
  stranger?: true
  expected: readonly Expected[]
}

const nginxSetups: readonly Setup[] = [
  { title: 'all as it should be', expected: clean },
  { title: 'no upgrade headers', change: { upgrade: '', connection: '' }, expected: [['upgrade', 'fault', 'upgrade']] },
  { title: 'HTTP/1.0 to the server, nginx as it is without a word', change: { version: '', upgrade: '', connection: '' }, expected: [['upgrade', 'fault', 'httpVersion'], ['forwarding', 'fault', 'httpVersion']] },
  { title: 'a read timeout shorter than the heartbeat', change: { timeout: 'proxy_read_timeout 2s;' }, expected: [['idle', 'fault', 'idle']] },
  { title: 'the default limit of uploads', change: { body: '' }, expected: [['payload', 'fault', 'uploadLimit']] },
  { title: 'Host changed', change: { host: 'proxy_set_header Host backend.internal;' }, expected: [['forwarding', 'fault', 'host'], ['upgrade', 'fault', 'host']] },
  { title: 'Host without its port', change: { host: 'proxy_set_header Host $host;' }, expected: [['forwarding', 'fault', 'host'], ['upgrade', 'fault', 'host']] },
  { title: 'Origin removed', change: { more: 'proxy_set_header Origin "";' }, expected: [['origin', 'fault', 'origin']] },
  { title: 'Origin made to fit', change: { more: 'proxy_set_header Origin https://$http_host;' }, expected: [['origin', 'fault', 'origin']] },
  { title: 'buffers', change: { buffers: '' }, expected: [['buffering', 'note', 'responseBuffering'], ['payload', 'note', 'requestBuffering']] },
  { title: 'no client address', change: { client: 'proxy_set_header X-Forwarded-For "";' }, expected: [['forwarding', 'fault', 'forwardedFor']] },
  { title: 'the client\'s word for its address', change: { client: '' }, expected: [['forwarding', 'fault', 'spoofed']] },
  { title: 'no scheme', change: { scheme: '' }, expected: [['forwarding', 'fault', 'forwardedProto']] },
  { title: 'the subprotocol removed', change: { more: 'proxy_set_header Sec-WebSocket-Protocol "";' }, expected: [['upgrade', 'fault', 'subprotocol']] },
  { title: 'the socket under another path', locations: 'location /_ws { rewrite ^ /socket break; proxy_pass http://SERVER; RIGHT }', expected: [['upgrade', 'fault', 'path']] },
  { title: 'calls under another path', locations: 'location /api/ { proxy_pass http://SERVER/; RIGHT }', expected: [['server', 'fault', 'path']] },
  { title: 'assets that are neither compressed nor kept', change: { more: 'proxy_set_header Accept-Encoding ""; add_header Cache-Control no-store;' }, expected: [['assets', 'warning', 'compression'], ['assets', 'warning', 'caching']] },
  { title: 'nothing behind it', upstream: '127.0.0.1:9', expected: [['server', 'fault', 'upstream']] },
  { title: 'an expired certificate', certificate: 'expired', expected: [['tls', 'fault', 'expired']] },
  { title: 'a certificate for another name', certificate: 'elsewhere', expected: [['tls', 'fault', 'certificate']] },
  { title: 'a certificate of an unknown authority', stranger: true, expected: [['tls', 'fault', 'certificate']] },
]

const serverAddress = () => `127.0.0.1:${server.port}`

async function nginxSite(setup: Setup, port: number): Promise<string> {
  const lines = Object.values({ ...right, ...setup.change }).join(' ')
  const { certificate, key } = await (setup.certificate === 'expired' ? authority.issue('localhost', -1) : authority.issue(setup.certificate === 'elsewhere' ? 'elsewhere.example' : 'localhost'))
  const locations = `${setup.locations ?? ''} location / { proxy_pass http://${setup.upstream ?? 'SERVER'}; RIGHT }`
  return `server { listen 127.0.0.1:${port} ssl; ssl_certificate ${certificate}; ssl_certificate_key ${key}; ${locations.replaceAll('SERVER', serverAddress()).replaceAll('RIGHT', lines)} }`
}

const noNginx = missingPrograms('nginx', 'openssl')

describe.skipIf(noNginx !== '')(`doctor before nginx${noNginx}`, () => {
  const reports = new Map<string, Report>()

  beforeAll(async () => {
    authority = await createAuthority(folder)
    const ports = await freePorts(nginxSetups.length)
    const sites: string[] = []
    for (const [index, setup] of nginxSetups.entries()) sites.push(await nginxSite(setup, ports[index]!))
    const nginx = await startNginx(`map $http_upgrade $connection_upgrade { default upgrade; '' close; } ${sites.join('\n')}`, ports)
    try {
      const all = await examineAll(nginxSetups.map(({ stranger }, index) => ({ url: new URL(`https://localhost:${ports[index]}`), ca: stranger === true ? undefined : authority.pem })))
      for (const [index, { title }] of nginxSetups.entries()) reports.set(title, all[index]!)
    }
    finally {
      await nginx.dispose()
    }
  })

  test.each(nginxSetups)('$title', ({ title, expected }) => {
    const report = reports.get(title)!
    expect(report.proxy).toBe('nginx')
    judge(report, expected)
  })

  test('plain http that leads nowhere, and plain http that leads to https', async () => {
    const [secure, wrong, good] = await freePorts(3) as [number, number, number]
    const nginx = await startNginx(`map $http_upgrade $connection_upgrade { default upgrade; '' close; }
      ${await nginxSite({ title: '', expected: clean }, secure)}
      server { listen 127.0.0.1:${wrong}; location / { proxy_pass http://${serverAddress()}; } }
      server { listen 127.0.0.1:${good}; return 301 https://localhost:${secure}$request_uri; }`, [secure, wrong, good])
    try {
      const url = new URL(`https://localhost:${secure}`)
      const [served, led] = await examineAll([{ url, ca: authority.pem, httpPort: wrong }, { url, ca: authority.pem, httpPort: good }])
      judge(served!, [['redirect', 'fault', 'redirect']])
      judge(led!, clean)
      expect(led!.findings).toContainEqual({ subject: 'redirect', level: 'ok', message: 'plain http leads to https' })
    }
    finally {
      await nginx.dispose()
    }
  })

  test('with a token: the largest message, and with patience a timeout between heartbeats', async () => {
    const ann = await newUser(server.url, 'ann')
    const { token } = await ann.need<{ token: string }>('POST', '/api/me/tokens', { name: 'doctor' })
    const [port] = await freePorts(1) as [number]
    const site = await nginxSite({ title: '', change: { timeout: 'proxy_read_timeout 6s;' }, expected: clean }, port)
    const nginx = await startNginx(`map $http_upgrade $connection_upgrade { default upgrade; '' close; } ${site}`, [port])
    try {
      const report = await examine({ url: new URL(`https://localhost:${port}`), ca: authority.pem, token, patient: true })
      judge(report, [['idle', 'fault', 'idle']])
      expect(report.findings).toContainEqual({ subject: 'payload', level: 'ok', message: 'messages of 64 KiB pass' })
      // nginx counts from what it read, up to a tick of its clock before the doctor had it.
      expect(report.findings.filter(({ subject }) => subject === 'idle').map(({ message }) => message).join()).toMatch(/cut after (?:5\.9|6\.\d) s.*cut after (?:5\.9|6\.\d) s/)
    }
    finally {
      await nginx.dispose()
    }
  })
})

interface CaddySetup { title: string, site: string, expected: readonly Expected[] }

/** With the certificate of the test, except where the site says otherwise; that one has an address for a name, else Caddy would find it a better one. */
const caddySetups: readonly CaddySetup[] = [
  { title: 'all as it should be', site: 'reverse_proxy SERVER { flush_interval -1 }', expected: clean },
  { title: 'Connection overwritten', site: 'reverse_proxy SERVER { header_up Connection close }', expected: [['upgrade', 'fault', 'upgrade']] },
  { title: 'calls under another path', site: 'uri strip_prefix /api\n reverse_proxy SERVER', expected: [['server', 'fault', 'path']] },
  { title: 'Host changed', site: 'reverse_proxy SERVER { header_up Host backend.internal\n header_up -X-Forwarded-Host }', expected: [['forwarding', 'fault', 'host'], ['upgrade', 'fault', 'host']] },
  { title: 'no client address', site: 'reverse_proxy SERVER { header_up -X-Forwarded-For }', expected: [['forwarding', 'fault', 'forwardedFor']] },
  { title: 'Origin removed', site: 'reverse_proxy SERVER { header_up -Origin }', expected: [['origin', 'fault', 'origin']] },
  { title: 'assets that are not kept', site: 'header Cache-Control no-cache\n reverse_proxy SERVER { header_down -Cache-Control }', expected: [['assets', 'warning', 'caching']] },
  { title: 'a certificate that it made itself', site: 'tls internal\n reverse_proxy SERVER', expected: [['tls', 'fault', 'certificate']] },
]

const noCaddy = missingPrograms('caddy', 'openssl')

describe.skipIf(noCaddy !== '')(`doctor before Caddy${noCaddy}`, () => {
  const reports = new Map<string, Report>()

  beforeAll(async () => {
    authority ??= await createAuthority(folder)
    const { certificate, key } = await authority.issue('localhost')
    const ports = await freePorts(caddySetups.length)
    const hosts = caddySetups.map(({ site }) => site.startsWith('tls') ? '127.0.0.1' : 'localhost')
    const sites = caddySetups.map(({ site }, index) => `https://${hosts[index]}:${ports[index]} {
      ${site.startsWith('tls') ? '' : `tls ${certificate} ${key}`}
      ${site.replaceAll('SERVER', serverAddress()).replaceAll('{ ', '{\n').replaceAll(' }', '\n}')}
    }`)
    const caddy = await startCaddy(`{
      admin off
      auto_https disable_redirects
      skip_install_trust
    }
    ${sites.join('\n')}`, ports)
    try {
      const all = await examineAll(caddySetups.map((_, index) => ({ url: new URL(`https://${hosts[index]}:${ports[index]}`), ca: authority.pem })))
      for (const [index, { title }] of caddySetups.entries()) reports.set(title, all[index]!)
    }
    finally {
      await caddy.dispose()
    }
  })

  test.each(caddySetups)('$title', ({ title, expected }) => {
    const report = reports.get(title)!
    expect(report.proxy).toBe('Caddy')
    judge(report, expected)
  })
})

describe('doctor without a proxy', () => {
  test('waits when it has asked too often, and then knows as much', async () => {
    const asked = await Promise.all(Array.from({ length: 80 }, () => fetch(`${server.url}/api/diagnosis`).then(({ status }) => status)))
    expect(asked).toContain(429)
    const { findings } = await examine({ url: new URL(server.url) })
    expect(findings).toContainEqual(expect.objectContaining({ subject: 'clock', level: 'ok' }))
  })

  test('finds nothing wrong with a server and its folder, but that it has no backup', async () => {
    const report = await examine({ url: new URL(server.url), data: server.dataDir })
    judge(report, [['host', 'fault', 'backup']])
  })

  test('does not believe a proxy elsewhere, as the server does not', async () => {
    const wary = await startServer({ env: { NUXT_TRUST_PROXY: 'none' } })
    const [port] = await freePorts(1) as [number]
    const site = `server { listen 127.0.0.1:${port}; location / { proxy_pass ${wary.url}; ${Object.values(right).join(' ')} } }`
    const nginx = noNginx === '' ? await startNginx(`map $http_upgrade $connection_upgrade { default upgrade; '' close; } ${site}`, [port]) : undefined
    try {
      if (nginx !== undefined) judge(await examine({ url: new URL(`http://127.0.0.1:${port}`) }), [['forwarding', 'fault', 'trust']])
    }
    finally {
      await nginx?.dispose()
      await wary.dispose()
    }
  })

  test('the built command tells a program what is wrong, with exit code 1', async () => {
    const [port] = await freePorts(1)
    const command = join(projectRoot, '.output', 'cli', 'parley.mjs')
    const { code, stdout } = await new Promise<{ code: number | null, stdout: string }>((resolve) => {
      const child = execFile(process.execPath, [command, 'doctor', `http://127.0.0.1:${port}`, '--json'], (_error, out) => resolve({ code: child.exitCode, stdout: out }))
    })
    expect(code).toBe(1)
    const report = JSON.parse(stdout) as { faults: number, findings: { subject: string, message: string }[] }
    expect(report.faults).toBe(1)
    expect(report.findings.at(-1)).toMatchObject({ subject: 'reach', message: expect.stringContaining('ECONNREFUSED') as string })
  })
})
