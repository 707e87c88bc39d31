import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { plainEnvironment, serverEntry, testServerEntry } from '#parley/tests/helpers/build.ts'

export interface ServerOptions {
  /** Settings (`NUXT_…`) and whatever else the process should see. */
  env?: Record<string, string>
  /** The build to run: what users run, unless told otherwise. */
  build?: 'production' | 'test'
  /** Arguments of node itself. */
  nodeArguments?: string[]
  /** An earlier server's folder; a fresh one by default. */
  dataDir?: string
  /** An earlier server's port; any free one by default. */
  port?: number
  /** Another user to run as; only root may ask for it. */
  uid?: number
}

export interface Exit { code: number | null, signal: NodeJS.Signals | null }

export interface ServerProcess {
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly url: string
  readonly port: number
  readonly dataDir: string
  readonly pid: number
  /** Everything the process has printed so far. */
  logs(): string
  /** Closes our end of what it prints, as a log reader that dies. */
  closeOutput(): void
  /** Sends a signal; resolves when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<Exit>
  /** Sends a signal and does not wait, for SIGSTOP and SIGCONT. */
  signal(signal: NodeJS.Signals): void
  readonly exited: Promise<Exit>
  /** Starts again on the same folder and port; this process must be gone. */
  restart(options?: ServerOptions): Promise<ServerProcess>
  /** Ends the process and removes its folder. */
  dispose(): Promise<void>
}

/** Ms until a server that prints nothing is given up. */
const startLimit = 20_000

function launch(options: ServerOptions, dataDir: string): { child: ChildProcess, logs: () => string, exited: Promise<Exit> } {
  const child = spawn(process.execPath, [...options.nodeArguments ?? [], options.build === 'test' ? testServerEntry : serverEntry], {
    env: {
      ...plainEnvironment(), NODE_ENV: 'production', HOST: '127.0.0.1', PORT: String(options.port ?? 0), NUXT_DATA_DIR: dataDir, ...options.env,
    },
    // Not the project's folder: nothing may depend on where the server is started from.
    cwd: tmpdir(),
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const collect = (chunk: Buffer) => {
    output += chunk.toString()
  }
  child.stdout?.on('data', collect)
  child.stderr?.on('data', collect)
  // `close`, not `exit`: the last lines may still be in the pipe.
  const exited = new Promise<Exit>((resolve, reject) => child.on('error', reject).on('close', (code, signal) => resolve({ code, signal })))
  return { child, logs: () => output, exited }
}

const newFolder = () => mkdtemp(join(tmpdir(), 'parley-server-'))

async function listening(child: ChildProcess, logs: () => string, exited: Promise<Exit>): Promise<string> {
  const address = () => /Listening on (http:\/\/[^\s"]+)/.exec(logs())?.[1]
  const limit = AbortSignal.timeout(startLimit)
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const url = address()
      if (url !== undefined) resolve(url)
    })
    limit.addEventListener('abort', () => reject(new Error(`the server did not start in ${startLimit} ms:\n${logs()}`)))
  })
  const gone = exited.then(({ code }) => {
    throw new Error(`the server ended with ${code} before it listened:\n${logs()}`)
  })
  // Whichever of the two comes second must not count as unhandled.
  gone.catch(() => {})
  ready.catch(() => {})
  return await Promise.race([ready, gone])
}

/** Starts the built server as its own process, and resolves when it listens. */
export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const dataDir = options.dataDir ?? await newFolder()
  const { child, logs, exited } = launch(options, dataDir)
  const url = await listening(child, logs, exited)
  const port = Number(new URL(url).port)
  const kill = async (signal: NodeJS.Signals): Promise<Exit> => {
    child.kill(signal)
    return await exited
  }
  return {
    url, port, dataDir, logs, kill, exited,
    pid: child.pid ?? 0,
    signal: signal => void child.kill(signal),
    closeOutput() {
      child.stdout?.destroy()
      child.stderr?.destroy()
    },
    restart: again => startServer({ ...options, ...again, dataDir, port }),
    async dispose() {
      if (child.exitCode === null && child.signalCode === null) await kill('SIGKILL')
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Runs a server that is expected to end by itself. */
export async function runToExit(options: ServerOptions = {}): Promise<Exit & { logs: string }> {
  const dataDir = options.dataDir ?? await newFolder()
  const { child, logs, exited } = launch(options, dataDir)
  AbortSignal.timeout(startLimit).addEventListener('abort', () => void child.kill('SIGKILL'))
  const exit = await exited
  if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
  return { ...exit, logs: logs() }
}
