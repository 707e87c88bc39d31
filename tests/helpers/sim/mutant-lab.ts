import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { WorldPlan } from '#parley/tests/helpers/sim/world.ts'

/** A mistake, as a change of our own source text. */
export interface Mutant {
  name: string
  /** From the root of the repository. */
  file: string
  /** Must stand there exactly once. */
  find: string
  replace: string
  /** Seeds within which it must be found; 20 by default. */
  seeds?: number
  /** What the worlds must have for it to matter. */
  plan?: Partial<Omit<WorldPlan, 'openStore' | 'doors'>>
}

export interface SimRun {
  /** Exit code of scripts/sim.ts. */
  code: number | null
  output: string
}

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** What the simulation runs on: nothing else is read by scripts/sim.ts. */
const parts = ['shared', 'server', 'client', 'tests/helpers', 'scripts', 'package.json']

/** Far more than any run takes: a mutant that never ends is a failure of its own. */
const patience = 90_000

/** The text with the mistake in it. @throws when the place is not there, or there more than once */
function mutated(source: string, { name, file, find, replace }: Mutant): string {
  const places = source.split(find).length - 1
  if (places !== 1) throw new Error(`the code moved: renew this mutant ("${name}": its text stands ${places} times in ${file})`)
  return source.replace(find, () => replace)
}

function simulate(folder: string, options: string[]): Promise<SimRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['scripts/sim.ts', '--store', 'memory', ...options], { cwd: folder, timeout: patience, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => void (output += text))
    child.on('error', reject)
    child.on('close', code => resolve({ code, output }))
  })
}

/**
 * Runs the simulation on a copy of the source with the mistake in it, so that the product itself needs no hook for it.
 * @param mutant undefined: the copy stays as it is
 */
export async function runMutant(mutant: Mutant | undefined, seeds: number, plan: Mutant['plan'] = {}): Promise<SimRun> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-mutant-'))
  try {
    for (const part of parts) cpSync(join(root, part), join(folder, part), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    if (mutant) {
      const path = join(folder, mutant.file)
      writeFileSync(path, mutated(readFileSync(path, 'utf8'), mutant))
    }
    return await simulate(folder, ['--seeds', String(seeds), '--plan', JSON.stringify(plan)])
  }
  finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
