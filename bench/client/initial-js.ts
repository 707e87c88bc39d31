import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Page, Response } from 'playwright-core'
import { projectRoot } from '#parley/tests/helpers/build.ts'

export interface Script { file: string, gzipKiB: number }

const assets = join(projectRoot, '.output', 'public')

/** Scripts that a page asks for before it is idle, by size after gzip, the largest first. What it fetches ahead of need counts too. */
export async function scriptsOf(page: Page, visit: () => Promise<unknown>): Promise<Script[]> {
  const paths = new Set<string>()
  const hear = (response: Response) => {
    const { pathname } = new URL(response.url())
    if (/\.m?js$/.test(pathname)) paths.add(pathname)
  }
  page.on('response', hear)
  await visit()
  page.off('response', hear)
  return [...paths].filter(path => existsSync(join(assets, path)))
    .map(path => ({ file: path, gzipKiB: gzipSync(readFileSync(join(assets, path)), { level: 9 }).length / 1_024 }))
    .sort((a, b) => b.gzipKiB - a.gzipKiB)
}

/** All scripts of the build together, loaded or not. */
export function allScripts(): number {
  return readdirSync(join(assets, '_nuxt')).filter(file => file.endsWith('.js')).length
}
