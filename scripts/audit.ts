import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/**
 * `npm run audit`: what is known of the packages that a server runs with. Fails on what is high or critical and has a fix; what has none
 * yet, or is less, is told. Not `npm audit --audit-level=high` itself: that also fails on what nobody can mend, and when the registry does
 * not answer, so that it is soon left out.
 */

export interface Verdict { ok: boolean, lines: string[] }

interface Finding { name: string, severity: string, range: string, fix: boolean, titles: string[] }

const record = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {})
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Of `via`, texts name other packages through which this one is concerned; objects are the advisories themselves. */
function finding(name: string, value: unknown): Finding {
  const { severity, range, fixAvailable, via } = record(value)
  const titles = (Array.isArray(via) ? via : []).map(item => typeof item === 'string' ? `through ${item}` : `${text(record(item)['title'])} ${text(record(item)['url'])}`.trim())
  return { name, severity: text(severity), range: text(range), fix: fixAvailable !== undefined && fixAvailable !== false, titles }
}

const grave = new Set(['high', 'critical'])

/** @param report what `npm audit --json` wrote; undefined: nothing that is JSON */
export function judgeAudit(report: unknown): Verdict {
  const { vulnerabilities, message, error } = record(report)
  if (vulnerabilities === undefined) {
    const why = text(message) || text(record(error)['summary']) || 'no answer'
    return { ok: true, lines: [`NOT CHECKED: the registry told nothing about vulnerabilities (${why})`] }
  }
  const found = Object.entries(record(vulnerabilities)).map(([name, value]) => finding(name, value))
  const line = ({ name, range, severity, fix, titles }: Finding) => `${severity}, ${fix ? 'fix available' : 'no fix yet'}: ${name} ${range} (${titles.join('; ')})`
  const broken = found.filter(({ severity, fix }) => grave.has(severity) && fix)
  const summary = found.length === 0 ? 'no known vulnerability in production dependencies' : `${found.length} known, of which ${broken.length} must be mended: npm audit fix`
  return { ok: broken.length === 0, lines: [...found.map(line), summary] }
}

function parsed(output: string): unknown {
  try {
    return JSON.parse(output)
  }
  catch {
    return undefined
  }
}

if (import.meta.main) {
  const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { cwd: join(import.meta.dirname, '..'), encoding: 'utf8', timeout: 120_000, maxBuffer: 64 * 1024 * 1024 })
  const { ok, lines } = judgeAudit(parsed(stdout ?? ''))
  for (const line of lines) process.stdout.write(`${line}\n`)
  process.exitCode = ok ? 0 : 1
}
