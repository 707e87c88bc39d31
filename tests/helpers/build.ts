import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

export const projectRoot = join(import.meta.dirname, '..', '..')

/** What `npm start` runs. */
export const serverEntry = join(projectRoot, '.output', 'server', 'index.mjs')

/** The same sources with failpoints, a full disk on demand and faster or wrong time; see tests/helpers/test-build. */
export const testServerEntry = join(projectRoot, '.output-test', 'server', 'index.mjs')

/** This process's environment without what vitest put there and without settings of Parley, so that builds and servers are a user's. */
export function plainEnvironment(): Record<string, string> {
  const foreign = /^(VITEST|TEST$|NODE_ENV$|NODE_OPTIONS$|NUXT_|NITRO_|PORT$|HOST$|DEV$|PROD$|SSR$|MODE$|BASE_URL$)/
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined && !foreign.test(entry[0])))
}

/** @throws Error with the end of the build's output */
async function run(script: string[], entry: string): Promise<void> {
  if (process.env['PARLEY_SKIP_BUILD'] === '1' && existsSync(entry)) return
  const build = spawn(process.execPath, script, {
    cwd: projectRoot,
    env: { ...plainEnvironment(), NODE_ENV: 'production', NUXT_TELEMETRY_DISABLED: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const collect = (chunk: Buffer) => {
    output += chunk.toString()
  }
  build.stdout.on('data', collect)
  build.stderr.on('data', collect)
  const code = await new Promise<number | null>((resolve, reject) => build.on('error', reject).on('close', resolve))
  if (code !== 0 || !existsSync(entry)) throw new Error(`${script.join(' ')} failed (${code}):\n${output.slice(-4000)}`)
}

/** Makes the production build and the test build once for all projects of tests on the built server. PARLEY_SKIP_BUILD=1 uses those that are there. */
export default async function setup(): Promise<void> {
  await run([join(projectRoot, 'node_modules', '.bin', 'nuxt'), 'build'], serverEntry)
  await run([join(projectRoot, 'tests', 'helpers', 'test-build', 'build.ts')], testServerEntry)
  // Each project calls this, one after the other.
  process.env['PARLEY_SKIP_BUILD'] = '1'
}
