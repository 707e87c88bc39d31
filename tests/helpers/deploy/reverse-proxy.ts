import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { findProgram } from '#parley/tests/helpers/deploy/programs.ts'

/** A proxy of the system that runs in the foreground, for this test only. */
export interface ReverseProxy {
  /** Its own folder, for logs and what else it writes. */
  folder: string
  /** The text of a file in its folder. */
  read(name: string): Promise<string>
  dispose(): Promise<void>
}

/** Ms until a proxy that does not listen is given up. */
const startLimit = 20_000

/** A port that nobody listens on now. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

export const freePorts = (count: number): Promise<number[]> => Promise.all(Array.from({ length: count }, freePort))

const listens = (port: number): Promise<boolean> => new Promise((resolve) => {
  const socket = connect(port, '127.0.0.1')
  const done = (answer: boolean) => {
    socket.destroy()
    resolve(answer)
  }
  socket.on('connect', () => done(true)).on('error', () => done(false))
})

async function started(child: ChildProcess, folder: string, ports: readonly number[]): Promise<ReverseProxy> {
  let output = ''
  const collect = (chunk: Buffer) => {
    output += chunk.toString()
  }
  child.stdout?.on('data', collect)
  child.stderr?.on('data', collect)
  const exited = new Promise<void>((resolve, reject) => child.on('error', reject).on('close', () => resolve()))
  const limit = performance.now() + startLimit
  for (const port of ports) {
    while (!await listens(port)) {
      if (child.exitCode !== null || performance.now() > limit) throw new Error(`the proxy does not listen on ${port}:\n${output}`)
      await setTimeout(50)
    }
  }
  return {
    folder,
    read: name => readFile(join(folder, name), 'utf8'),
    async dispose() {
      child.kill('SIGTERM')
      await exited
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** What stands before the sites in the main file of a distribution; only what must not touch this machine is different. */
const nginxMain = (folder: string, sites: string): string => `
daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 256; }
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(kind => `${kind}_temp_path ${folder}/${kind};`).join(' ')}
  ${sites}
}
`

/** @param sites what stands inside `http`; `FOLDER` is the proxy's folder @param ports where it must listen */
export async function startNginx(sites: string, ports: readonly number[]): Promise<ReverseProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-nginx-'))
  await writeFile(join(folder, 'nginx.conf'), nginxMain(folder, sites.replaceAll('FOLDER', folder)))
  const child = spawn(findProgram('nginx') ?? 'nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')], { stdio: ['ignore', 'pipe', 'pipe'] })
  return started(child, folder, ports)
}

/** @param caddyfile whole; `FOLDER` is the proxy's folder @param ports where it must listen */
export async function startCaddy(caddyfile: string, ports: readonly number[], env: Record<string, string> = {}): Promise<ReverseProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-caddy-'))
  await writeFile(join(folder, 'Caddyfile'), caddyfile.replaceAll('FOLDER', folder))
  const child = spawn(findProgram('caddy') ?? 'caddy', ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')], {
    // It keeps certificates and its last configuration at home.
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return started(child, folder, ports)
}
