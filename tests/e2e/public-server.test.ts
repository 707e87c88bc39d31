import { createHash, createPublicKey } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Response } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { examine } from '#parley/cli/doctor/doctor.ts'
import { upgrade } from '#parley/cli/doctor/socket-probe.ts'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'
import { createAuthority } from '#parley/tests/helpers/deploy/certificates.ts'
import type { Authority, Certificate } from '#parley/tests/helpers/deploy/certificates.ts'
import { missingPrograms } from '#parley/tests/helpers/deploy/programs.ts'
import { freePorts, startCaddy, startNginx } from '#parley/tests/helpers/deploy/reverse-proxy.ts'
import type { ReverseProxy } from '#parley/tests/helpers/deploy/reverse-proxy.ts'
import { caddySample, nginxSample } from '#parley/tests/helpers/deploy/samples.ts'
import { newUser } from '#parley/tests/helpers/http-client.ts'
import { arrive } from '#parley/tests/helpers/person.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

/** The set-up of docs/DEPLOY.md on one machine: the built server, a proxy by the sample file of deploy/, TLS, a public name on the usual ports. */

const name = 'chat.example.com'
const missing = missingPrograms('nginx', 'openssl')

/** What a browser is told to believe of a certificate whose authority it does not know: this key, and no other. */
const fingerprint = async ({ certificate }: Certificate): Promise<string> =>
  createHash('sha256').update(createPublicKey(await readFile(certificate)).export({ type: 'spki', format: 'der' })).digest('base64')

describe.skipIf(missing !== '')(`a public server behind nginx${missing}`, () => {
  let folder: string
  let authority: Authority
  let server: ServerProcess
  let nginx: ReverseProxy
  let browser: Browser

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-public-'))
    authority = await createAuthority(folder)
    const [certificate, [http, https], started] = await Promise.all([authority.issue(name), freePorts(2) as Promise<[number, number]>, startServer()])
    server = started
    nginx = await startNginx(await nginxSample({ http, https, server: server.port, certificate }), [http, https])
    browser = await launchBrowser({
      args: [`--host-resolver-rules=MAP ${name}:443 127.0.0.1:${https},MAP ${name}:80 127.0.0.1:${http}`, `--ignore-certificate-errors-spki-list=${await fingerprint(certificate)}`],
    })
    // From the machine itself, as somebody would who has just installed it: the first user is the admin.
    await newUser(server.url, 'operator')
  })

  afterAll(async () => {
    await browser?.close()
    await nginx?.dispose()
    await server?.dispose()
    await rm(folder, { recursive: true, force: true })
  })

  test('[S1, O2, X4, X8, X36] two people come by plain http, are led to https, register, log in and talk over wss', async () => {
    const ann = await arrive(browser, `http://${name}`, 'ann')
    const bob = await arrive(browser, `https://${name}`, 'bob')
    const sockets: string[] = []
    ann.page.on('websocket', socket => sockets.push(socket.url()))
    const answers: Response[] = []
    ann.page.on('response', answer => answers.push(answer))
    await ann.authenticate('register')
    await bob.authenticate('register')
    await ann.logOut()
    await ann.authenticate('login')

    await ann.startDirect('bob')
    await ann.say('over the open internet')
    await bob.open('ann')
    await bob.sees('over the open internet')
    await bob.say('and back')
    await ann.sees('and back')
    expect(sockets.length).toBeGreaterThan(0)
    expect(sockets.filter(url => !url.startsWith(`wss://${name}/_ws?`))).toEqual([])

    // nginx redirects the first time; then the browser knows by itself (HSTS).
    const [first] = answers.filter(answer => answer.url() === `http://${name}/login`)
    expect(first?.status()).toBe(301)
    const page = answers.find(answer => answer.url() === `https://${name}/login`)!
    expect((await page.allHeaders())['strict-transport-security']).toMatch(/^max-age=\d{8}/)
    const again = answers.filter(answer => answer.url() === `http://${name}/login`).at(-1)!
    expect(again.status()).toBe(307)
    expect((await again.allHeaders())['non-authoritative-reason']).toBe('HSTS')

    const cookie = (await ann.context.cookies()).find(({ name }) => name === 'parley-session')
    expect(cookie).toMatchObject({ secure: true, httpOnly: true, sameSite: 'Lax', domain: name })
    expect(await ann.page.evaluate(async () => (await navigator.serviceWorker.ready).active?.scriptURL)).toContain(`https://${name}/offline-shell.js`)
    expect([...ann.errors, ...bob.errors]).toEqual([])

    const log = await nginx.read('parley.log')
    expect(log).toContain('"GET /_ws" 101')
    expect(log).not.toMatch(/token|\?/)
    await Promise.all([ann.context.close(), bob.context.close()])
  })

  test('[F14] pages come back by themselves when the server is restarted behind the proxy', async () => {
    const cara = await arrive(browser, `https://${name}`, 'cara')
    await cara.authenticate('register')
    await cara.startGroup('Notes', [])
    await cara.say('before')
    await server.kill('SIGTERM')
    await cara.offline()
    server = await server.restart()
    await cara.connection('online')
    await cara.say('after')
    await cara.seesExactly(['before', 'after'])
    await cara.context.close()
  })
})

const samples = [
  { program: 'nginx', start: async (place: Parameters<typeof nginxSample>[0]) => startNginx(await nginxSample(place), [place.http, place.https]) },
  {
    program: 'caddy',
    start: async (place: Parameters<typeof caddySample>[0]) =>
      startCaddy(await caddySample(place), [place.http, place.https], { PARLEY_HOST: 'localhost', PARLEY_UPSTREAM: `127.0.0.1:${place.server}` }),
  },
]

for (const { program, start } of samples) {
  const reason = missingPrograms(program, 'openssl')
  test.skipIf(reason !== '')(`[X8] doctor finds nothing to mend in the sample for ${program}, and its log no ticket${reason}`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'parley-sample-'))
    const authority = await createAuthority(folder)
    const [certificate, [http, https], server] = await Promise.all([authority.issue('localhost'), freePorts(2) as Promise<[number, number]>, startServer()])
    const proxy = await start({ http, https, server: server.port, certificate })
    try {
      const report = await examine({ url: new URL(`https://localhost:${https}`), ca: authority.pem, httpPort: http })
      expect(report.findings.filter(({ level, subject }) => level !== 'ok' && subject !== 'idle')).toEqual([])
      const ticket = 'never-to-be-logged'
      const target = { url: new URL(`https://localhost:${https}`), patience: 10_000 }
      await upgrade(target, `/_ws?token=${ticket}`, target.url.origin)
      await expect.poll(() => proxy.read('parley.log')).toMatch(/\/_ws.*(101|token=REDACTED)/)
      expect(await proxy.read('parley.log')).not.toContain(ticket)
    }
    finally {
      await proxy.dispose()
      await server.dispose()
      await rm(folder, { recursive: true, force: true })
    }
  })
}
