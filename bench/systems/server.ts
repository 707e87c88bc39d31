import { join } from 'node:path'
import type { Setup } from '#parley/bench/load/commands.ts'
import { cores, startChild } from '#parley/bench/systems/child.ts'
import type { BenchChild } from '#parley/bench/systems/child.ts'
import type { Running, ServerState, World } from '#parley/bench/systems/system.ts'

const instruments = join(import.meta.dirname, '..', 'servers', 'instruments.ts')
const slowDisk = join(import.meta.dirname, '..', 'servers', 'slow-disk.ts')

const field = <K extends string>(message: unknown, key: K): unknown => (typeof message === 'object' && message !== null ? Reflect.get(message, key) : undefined)

/** Starts a server process with the instruments that all systems get, or without any. */
export function startServer(file: string, parameters: string[], { slowCommit = 0, bare = false }: World, env: Record<string, string> = {}): BenchChild {
  const folder = process.env['PARLEY_BENCH_PROFILE']
  const profile = folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`]
  const preloads = [...bare ? [] : ['--expose-gc', '--import', instruments], ...slowCommit > 0 ? ['--import', slowDisk] : []]
  return startChild(file, parameters, { core: cores.server, nodeArguments: [...profile, ...preloads], env: { ...env, PARLEY_BENCH_SLOW_COMMIT: String(slowCommit) } })
}

/** The port that a control server tells. */
export const toldPort = (child: BenchChild): Promise<number> => child.message((message) => {
  const port = field(message, 'port')
  return typeof port === 'number' ? port : undefined
})

/** A server that listens from this moment on. @param end what else has to go with the process */
export function running(child: BenchChild, setup: Setup, end: () => Promise<void>): Running {
  return {
    pid: child.pid,
    port: setup.port,
    startMs: performance.now() - child.started,
    setup,
    async state() {
      const told = child.message(message => field(message, 'told') as ServerState | undefined)
      child.process.send('tell')
      return await told
    },
    resetDelay: () => void child.process.send('reset'),
    async stop() {
      // A profile is written by a process that ends by itself.
      if (process.env['PARLEY_BENCH_PROFILE'] !== undefined) await child.end('exit')
      await child.stop()
      await end()
    },
  }
}
