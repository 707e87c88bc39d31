import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'

const taskset = ['/usr/bin/taskset', '/bin/taskset'].find(path => existsSync(path))

/** Whether server and generator each get a core of their own. */
export const pinned = taskset !== undefined && availableParallelism() > 1

/** Core of the servers, and of the generator. */
export const cores = { server: 0, generator: 1 } as const

/** Environment without what npm, vitest and the user's own Parley put there. */
function plainEnvironment(): Record<string, string> {
  const foreign = /^(npm_|VITEST|NODE_OPTIONS$|NODE_ENV$|NUXT_|NITRO_|PARLEY_|PORT$|HOST$)/
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined && !foreign.test(entry[0])))
}

export interface ChildOptions {
  core: number
  nodeArguments?: string[]
  env?: Record<string, string>
}

export interface BenchChild {
  process: ChildProcess
  pid: number
  /** `performance.now()` of the start. */
  started: number
  /** The next message that fits. @throws Error the process ends or is silent for a minute */
  message<T>(fits: (message: unknown) => T | undefined, limit?: number): Promise<T>
  /** Sends a message that ends it, and waits until it is gone. */
  end(message: string): Promise<void>
  /** Kills it and waits until it is gone. */
  stop(): Promise<void>
  logs(): string
}

/** Starts a Node process of the bench on its core, with a channel to it. */
export function startChild(file: string, parameters: string[], { core, nodeArguments = [], env = {} }: ChildOptions): BenchChild {
  const node = [process.execPath, ...nodeArguments, file, ...parameters]
  const [command = '', ...rest] = pinned && taskset ? [taskset, '-c', String(core), ...node] : node
  const started = performance.now()
  const child = spawn(command, rest, { env: { ...plainEnvironment(), NODE_ENV: 'production', ...env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], serialization: 'json' })
  let output = ''
  const collect = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-20_000)
  }
  child.stdout?.on('data', collect)
  child.stderr?.on('data', collect)
  const exited = new Promise<void>(resolve => child.on('close', () => resolve()))
  return {
    process: child,
    pid: child.pid ?? 0,
    started,
    logs: () => output,
    message: (fits, limit = 180_000) => new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer)
        child.off('message', listen)
        child.off('close', gone)
      }
      const listen = (message: unknown): void => {
        const found = fits(message)
        if (found === undefined) return
        end()
        resolve(found)
      }
      const gone = (): void => {
        end()
        reject(new Error(`${file} ended:\n${output}`))
      }
      const timer = setTimeout(() => {
        end()
        reject(new Error(`${file} was silent for ${limit / 1000} s:\n${output}`))
      }, limit)
      child.on('message', listen)
      child.on('close', gone)
    }),
    async end(message) {
      child.send(message)
      await exited
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await exited
    },
  }
}

export interface Folder { path: string, remove: () => Promise<void>, removeNow: () => void }

/** A new folder on the disk that PARLEY_BENCH_DIR names, or the system's folder for temporary files; a memory disk would make fsync free. */
export async function freshFolder(): Promise<Folder> {
  const path = await mkdtemp(join(process.env['PARLEY_BENCH_DIR'] ?? tmpdir(), 'parley-bench-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }), removeNow: () => rmSync(path, { recursive: true, force: true }) }
}
