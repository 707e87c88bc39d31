import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { plainEnvironment, projectRoot } from '#parley/tests/helpers/build.ts'

/** What is shipped with the built server. */
const commandLine = join(projectRoot, '.output', 'cli', 'parley.mjs')

export interface CommandOptions {
  dataDir?: string
  env?: Record<string, string>
  /** Given on standard input. */
  input?: string
  /** SIGKILL before this change of the file system, counted from 1; see die-at-step.ts. */
  dieAt?: number
}

export interface CommandOutcome { code: number | null, signal: NodeJS.Signals | null, out: string, error: string }

/** Runs the built command line as its own process, to its end. */
export async function parley(args: readonly string[], { dataDir, env = {}, input = '', dieAt }: CommandOptions = {}): Promise<CommandOutcome> {
  const dying = dieAt === undefined ? [] : ['--import', join(projectRoot, 'tests', 'helpers', 'die-at-step.ts')]
  const child = spawn(process.execPath, [...dying, commandLine, ...args], {
    env: { ...plainEnvironment(), NO_COLOR: '1', ...(dataDir === undefined ? {} : { NUXT_DATA_DIR: dataDir }), ...(dieAt === undefined ? {} : { PARLEY_DIE_AT: String(dieAt) }), ...env },
    // Not the project's folder: the built command line stands alone.
    cwd: tmpdir(),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let [out, error] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    error += chunk.toString()
  })
  child.stdin.on('error', () => undefined) // killed before it has read
  child.stdin.end(input)
  return new Promise((resolve, reject) => child.on('error', reject).on('close', (code, signal) => resolve({ code, signal, out, error })))
}

/** As `parley`, for what must succeed. @returns what it said */
export async function needParley(args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, signal, out, error } = await parley(args, options)
  if (code !== 0) throw new Error(`parley ${args.join(' ')}: ${code ?? signal}\n${out}${error}`)
  return out
}
