import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Page, Response } from 'playwright-core'
import { projectRoot } from '#parley/tests/helpers/build.ts'

export interface Script { file: string, gzipKiB: number }

/** What a first load is made of: its scripts, and the packages and folders in them, the largest first. */
export interface FirstLoad {
  gzipKiB: number
  scripts: Script[]
  /** A part's share of each script's size after gzip, by its share before: near enough to name what to look at. */
  parts: { name: string, gzipKiB: number }[]
}

const output = join(projectRoot, '.output')

/**
 * Scripts that a page asks for until `visit` resolves, in any order and however they are asked for. What pages load once they are idle
 * does not come: call {@link neverIdle} before.
 */
export async function firstLoad(page: Page, visit: () => Promise<unknown>): Promise<FirstLoad> {
  const paths = new Set<string>()
  const hear = (response: Response) => void paths.add(new URL(response.url()).pathname)
  page.on('response', hear)
  await visit()
  page.off('response', hear)
  const scripts = [...paths].filter(path => /\.m?js$/.test(path) && existsSync(join(output, 'public', path))).map(file => ({ file, gzipKiB: gzipped(file) }))
  return { gzipKiB: scripts.reduce((sum, { gzipKiB }) => sum + gzipKiB, 0), scripts: scripts.sort((a, b) => b.gzipKiB - a.gzipKiB), parts: partsOf(scripts) }
}

/** No idle time for pages of this context: they show what they load before it. */
export async function neverIdle(page: Page): Promise<void> {
  await page.addInitScript(() => Object.assign(globalThis, { requestIdleCallback: () => 0 }))
}

const gzipped = (file: string): number => gzipSync(readFileSync(join(output, 'public', file)), { level: 9 }).length / 1_024

function partsOf(scripts: readonly Script[]): FirstLoad['parts'] {
  const sizes = JSON.parse(readFileSync(join(output, 'client-parts.json'), 'utf8')) as Record<string, Record<string, number>>
  const parts = new Map<string, number>()
  for (const { file, gzipKiB } of scripts) {
    const modules = Object.entries(sizes[file] ?? { [file]: 1 })
    const whole = modules.reduce((sum, [, size]) => sum + size, 0)
    for (const [name, size] of modules) parts.set(name, (parts.get(name) ?? 0) + gzipKiB * size / Math.max(1, whole))
  }
  return [...parts].map(([name, gzipKiB]) => ({ name, gzipKiB })).sort((a, b) => b.gzipKiB - a.gzipKiB)
}
