import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { judgeAudit } from '#parley/scripts/audit.ts'
import { projectRoot } from '#parley/tests/helpers/build.ts'
import { readText } from '#parley/tests/helpers/source-tree.ts'

/** What the server is made of besides our own sources, and what is known against it. */

describe('npm run audit', () => {
  const advisory = (severity: string, fixAvailable: unknown) => ({ name: 'x', severity, range: '<2', fixAvailable, via: [{ title: 'Hole in x', url: 'https://example.org/1' }, 'y'] })

  test('fails on what is grave and can be mended, and names it', () => {
    for (const fix of [true, { name: 'x', version: '2.0.0' }]) {
      const { ok, lines } = judgeAudit({ vulnerabilities: { x: advisory('high', fix), z: advisory('low', true) } })
      expect([ok, lines[0]]).toEqual([false, 'high, fix available: x <2 (Hole in x https://example.org/1; through y)'])
    }
    expect(judgeAudit({ vulnerabilities: { x: advisory('critical', true) } }).ok).toBe(false)
  })

  test('tells, and lets pass, what cannot be mended or is less', () => {
    const { ok, lines } = judgeAudit({ vulnerabilities: { x: advisory('critical', false), z: advisory('moderate', true) } })
    expect([ok, lines.length, lines[0]]).toEqual([true, 3, expect.stringContaining('no fix yet')])
    expect(judgeAudit({ vulnerabilities: {} })).toEqual({ ok: true, lines: ['no known vulnerability in production dependencies'] })
  })

  test.each([undefined, null, {}, { message: '503 Service Unavailable' }, { error: { summary: 'getaddrinfo ENOTFOUND' } }])('says clearly that nothing was checked when the registry does not answer: %j', (report) => {
    const { ok, lines } = judgeAudit(report)
    expect([ok, lines.length, lines[0]]).toEqual([true, 1, expect.stringContaining('NOT CHECKED')])
  })

  test('is a step of CI', () => {
    expect(readText('.ci/run')).toContain('npm run --silent audit')
  })
})

interface Component { group?: string, name: string, version?: string, components?: Component[] }

const named = (components: readonly Component[] = []): string[] =>
  components.flatMap(({ group, name, version, components: inner }) => [`${group === undefined ? '' : `${group}/`}${name}@${version}`, ...named(inner)])

test('npm run sbom names every package of a production installation, with its version', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-sbom-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> }
  const [command = '', ...rest] = (scripts['sbom'] ?? '').split(' ')
  expect([command, rest.at(-1)]).toEqual(['cyclonedx-npm', 'sbom.cdx.json'])
  const file = join(folder, 'sbom.cdx.json')
  const { status, stderr } = spawnSync(process.execPath, [join(projectRoot, 'node_modules/.bin', command), ...rest.slice(0, -1), file], { cwd: projectRoot, encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  const bill = JSON.parse(readFileSync(file, 'utf8')) as { bomFormat: string, components: Component[] }
  expect(bill.bomFormat).toBe('CycloneDX')
  const listed = new Set(named(bill.components))
  const { packages } = JSON.parse(readText('package-lock.json')) as { packages: Record<string, { version?: string, dev?: boolean, devOptional?: boolean, optional?: boolean, peer?: boolean }> }
  const wanted = Object.entries(packages).filter(([path, entry]) => path !== '' && !entry.dev && !entry.devOptional && !entry.optional && !entry.peer)
    .map(([path, { version }]) => `${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`)
  expect(wanted.length).toBeGreaterThan(300)
  expect(wanted.filter(name => !listed.has(name))).toEqual([])
  // What only developers have is in no server.
  expect([...listed].filter(name => /^(vitest|playwright-core|fast-check)@/.test(name))).toEqual([])
})
