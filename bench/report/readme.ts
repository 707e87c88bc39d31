import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const path = join(import.meta.dirname, '..', 'README.md')
const [begin, end] = ['<!-- tables: begin -->', '<!-- tables: end -->']

/** Replaces the tables in bench/README.md. */
export function writeReadme(how: string, reports: readonly string[]): void {
  const text = readFileSync(path, 'utf8')
  const [before = '', rest = ''] = text.split(begin)
  writeFileSync(path, `${before}${begin}\n${how}\n\n${reports.join('\n\n')}\n${end}${rest.split(end)[1] ?? '\n'}`)
}
