import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fault, ok } from '#parley/cli/doctor/finding.ts'
import { backupFinding, checkData, spaceFinding } from '#parley/cli/doctor/host-check.ts'
import { mendLines, mends, programOf } from '#parley/cli/doctor/mends.ts'
import { checkRedirect } from '#parley/cli/doctor/network-checks.ts'
import { exitCode, jsonReport, textReport } from '#parley/cli/doctor/report.ts'
import { clockFinding } from '#parley/cli/doctor/server-checks.ts'
import { longestSilence, silenceToTry } from '#parley/cli/doctor/silence-check.ts'
import { opcodes, readFrames, writeFrame } from '#parley/cli/doctor/socket-frames.ts'
import { writeBackupRecord } from '#parley/server/config/backup-record.ts'
import { timing } from '#parley/shared/protocol/index.ts'

/** The parts of doctor that judge; what it sees through real proxies is in tests/fault/doctor.test.ts. */

describe('what is measured is judged', () => {
  test.each([[0, 'ok'], [-4_000, 'ok'], [7_000, 'warning'], [-61_000, 'fault'], [3_600_000, 'fault']])('a clock that is %i ms off: %s', (skew, level) => {
    const finding = clockFinding(1_000_000_000_000 + skew, 1_000_000_000_000)
    expect(finding.level).toBe(level)
    if (level !== 'ok') expect(finding.message).toContain(skew < 0 ? 'behind' : 'ahead')
  })

  const gibibyte = 1024 ** 3
  test.each([[20 * gibibyte, 'ok'], [gibibyte, 'warning'], [gibibyte / 8, 'fault']])('%i bytes free: %s', (free, level) => {
    expect(spaceFinding(free, 100 * gibibyte).level).toBe(level)
  })

  const day = 86_400_000
  test.each([[undefined, 'fault'], [0, 'ok'], [day, 'ok'], [2 * day, 'warning'], [8 * day, 'fault']])('a backup of %s ms ago: %s', (age, level) => {
    expect(backupFinding(age === undefined ? undefined : 1e12 - age, 1e12)).toMatchObject({ level, ...(level === 'ok' ? {} : { mend: 'backup' }) })
  })

  test('[L1] patience is longer than any time between two pings', () => {
    expect(longestSilence(timing.heartbeatInterval) * 1000).toBeGreaterThan(timing.heartbeatInterval * (1 + timing.heartbeatJitter))
    expect(silenceToTry(timing.heartbeatInterval, true)).toBe(longestSilence(timing.heartbeatInterval))
    expect(silenceToTry(timing.heartbeatInterval, false)).toBeLessThan(5)
  })

  test('[X36] plain http is a fault on a public name, and none on this machine', async () => {
    const look = (url: string) => checkRedirect({ url: new URL(url), patience: 1 }, undefined)
    expect(await look('http://chat.example.com')).toMatchObject([{ level: 'fault', mend: 'certificate' }])
    for (const local of ['http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:3000']) expect(await look(local)).toEqual([])
  })
})

test('[X36] a folder that others may enter and secrets that they may read are told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-doctor-data-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const levels = async () => (await checkData(folder, 1e12)).slice(1).map(({ level, mend }) => [level, mend])
  expect(await levels()).toContainEqual(['fault', undefined])
  await writeFile(join(folder, 'parley.db'), '')
  await writeFile(join(folder, 'session-password'), 'secret', { mode: 0o600 })
  writeBackupRecord(folder, { madeAt: 1e12, file: '/backups/parley.tar', bytes: 1 })
  await chmod(folder, 0o700)
  expect(await levels()).toEqual([['ok', undefined], ['ok', undefined]])
  await chmod(folder, 0o755)
  await chmod(join(folder, 'session-password'), 0o644)
  expect(await levels()).toEqual([['warning', 'folder'], ['fault', 'secrets'], ['ok', undefined]])
  await chmod(join(folder, 'session-password'), 0o600)
  await chmod(folder, 0o700)
  await writeFile(join(folder, 'second-factor-key'), 'secret')
  await chmod(join(folder, 'second-factor-key'), 0o640)
  expect(await levels()).toEqual([['fault', 'secrets'], ['ok', undefined]])
  expect(mends.secrets.system).toContain('/second-factor-key')
  expect(await checkData(join(folder, 'nowhere'), 1e12)).toMatchObject([{ level: 'fault', mend: 'folder' }])
})

describe('the report', () => {
  test.each([['nginx/1.22.1', undefined, 'nginx'], ['openresty', undefined, 'nginx'], ['Caddy', undefined, 'Caddy'], [undefined, '1.1 Caddy', 'Caddy'], ['cloudflare', undefined, undefined]])('%s, %s is %s', (server, via, program) => {
    expect(programOf(server, via)).toBe(program)
  })

  test('shows the line of the proxy at hand, of all where that is not known, and of what is no proxy always', () => {
    expect(mendLines('idle', 'nginx')).toEqual([['nginx', 'proxy_read_timeout 75s;']])
    expect(mendLines('idle', undefined).map(([program]) => program)).toEqual(['nginx', 'Caddy', 'Traefik'])
    expect(mendLines('trust', 'nginx').map(([program]) => program)).toEqual(['parley'])
  })

  test('is a failure when there is a fault, and for programs the same as for people', () => {
    const bad = { findings: [ok('dns', 'fine'), fault('idle', 'cut', 'idle')], proxy: 'nginx' as const }
    expect(textReport(bad)).toBe('ok      dns        fine\nFAULT   idle       cut\n                   nginx: proxy_read_timeout 75s;\n\n1 fault, 0 warnings')
    expect(JSON.parse(jsonReport(bad))).toEqual({
      faults: 1, warnings: 0, proxy: 'nginx',
      findings: [{ subject: 'dns', level: 'ok', message: 'fine' }, { subject: 'idle', level: 'fault', message: 'cut', mend: { nginx: 'proxy_read_timeout 75s;' } }],
    })
    expect([exitCode(bad), exitCode({ findings: [ok('dns', 'fine')], proxy: undefined })]).toEqual([1, 0])
  })
})

test('frames of a socket are found however they are cut, and what is sent is masked as clients must', () => {
  const server = (payload: Buffer) => {
    const head = payload.length < 126 ? Buffer.from([0x81, payload.length]) : Buffer.from([0x81, 126, payload.length >> 8, payload.length & 0xff])
    return Buffer.concat([head, payload])
  }
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), fc.nat(), (payloads, cut) => {
    const bytes = Buffer.concat(payloads.map(payload => server(Buffer.from(payload))))
    const at = bytes.length === 0 ? 0 : cut % (bytes.length + 1)
    const first = readFrames(bytes.subarray(0, at))
    const second = readFrames(Buffer.concat([first.rest, bytes.subarray(at)]))
    expect([...first.frames, ...second.frames].map(({ payload }) => [...payload])).toEqual(payloads.map(payload => [...payload]))
    expect(second.rest).toHaveLength(0)
  }))
  for (const length of [0, 125, 126, 65_535, 65_536]) {
    const frame = writeFrame(opcodes.text, Buffer.alloc(length, 97))
    expect(frame[1]! & 0x80).toBe(0x80)
    const head = frame.length - length
    const mask = frame.subarray(head - 4, head)
    expect(frame.subarray(head).every((byte, index) => (byte ^ mask[index % 4]!) === 97)).toBe(true)
  }
})
