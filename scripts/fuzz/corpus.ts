import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '#parley/tests/helpers/build.ts'

/** A request that the server understands; what is in braces is filled in (places.ts). */
export interface RequestSeed { method: string, path: string, body?: unknown, form?: 'file' | 'avatar' }

interface Corpus {
  requests: RequestSeed[]
  /** Frames, and arrays of them, as a client sends them. */
  frames: unknown[]
  /** Whole requests as text, line ends as `\n`. */
  raw: string[]
}

const folder = join(import.meta.dirname, 'corpus')
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'))

/** The committed seeds: one good request for each call, frames of every type, and what was once found to break something. */
export function readCorpus(): Corpus {
  return { requests: read('requests.json') as RequestSeed[], frames: read('frames.json') as unknown[], raw: read('raw.json') as string[] }
}

/** Every call of the HTTP interface, from where Nitro finds them: a new one is fuzzed from its first day. */
export function readRoutes(): { method: string, path: string }[] {
  const folder = join(projectRoot, 'server', 'api')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((file) => {
    const match = /^(.+?)(?:\/index)?\.(get|post|patch|put|delete)\.ts$/.exec(file)
    if (!match) return []
    const path = match[1] === 'index' ? '' : match[1]!.replace(/\[(\w+)\]/g, '{$1}')
    return [{ method: match[2]!.toUpperCase(), path: `/api/${path}` }]
  })
}
