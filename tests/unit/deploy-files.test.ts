import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { findProgram, missingPrograms } from '#parley/tests/helpers/deploy/programs.ts'
import { exists, filesBelow, readText } from '#parley/tests/helpers/source-tree.ts'
import { timing } from '#parley/shared/protocol/index.ts'

/** deploy/ and the container files, as far as they can be judged without running them. nginx.conf and Caddyfile run in tests/e2e/public-server.test.ts. */

const run = promisify(execFile)

interface Instruction { name: string, rest: string }

/** Instructions of a Dockerfile: comments left out, continued lines joined. */
const instructions = readText('Dockerfile').replace(/^\s*#.*\n/gm, '').replace(/\\\n\s*/g, '').split('\n').filter(line => line.trim() !== '')
  .map((line): Instruction => ({ name: line.slice(0, line.indexOf(' ')), rest: line.slice(line.indexOf(' ') + 1).trim() }))
const stages = instructions.reduce<Instruction[][]>((all, instruction) => {
  if (instruction.name === 'FROM') all.push([])
  all.at(-1)?.push(instruction)
  return all
}, [])
const last = stages.at(-1)!
const all = (stage: readonly Instruction[], name: string) => stage.filter(instruction => instruction.name === name).map(({ rest }) => rest)
const one = (stage: readonly Instruction[], name: string) => {
  const found = all(stage, name)
  expect(found, name).toHaveLength(1)
  return found[0]!
}
const words = (json: string): string[] => JSON.parse(json) as string[]

/** Whether `.dockerignore` leaves a path to the builder; the last line decides that fits it or a folder above it. */
const ignored = readText('.dockerignore').split('\n').map(line => line.trim()).filter(line => line !== '' && !line.startsWith('#')).map((line) => {
  const pattern = line.replace(/^!/, '')
  const shape = pattern.split('**/').map(part => part.split('*').map(text => RegExp.escape(text)).join('[^/]*')).join('(.*/)?')
  return { back: line.startsWith('!'), shape: new RegExp(`^${shape}(/.*)?$`) }
})
const reaches = (path: string) => ignored.reduce((kept, { back, shape }) => (shape.test(path) ? back : kept), true)

describe('Dockerfile', () => {
  test('knows every instruction, and builds in another stage than it runs in', () => {
    const known = ['FROM', 'WORKDIR', 'ENV', 'COPY', 'RUN', 'USER', 'VOLUME', 'EXPOSE', 'STOPSIGNAL', 'HEALTHCHECK', 'CMD']
    expect(instructions.filter(({ name }) => !known.includes(name))).toEqual([])
    expect(stages).toHaveLength(2)
    const { devDependencies } = JSON.parse(readText('package.json')) as { devDependencies: { node: string } }
    const major = /\d+/.exec(devDependencies.node)![0]
    for (const stage of stages) expect(stage[0]!.rest).toMatch(new RegExp(`^node:${major}-slim( AS build)?$`))
  })

  test('every source of a COPY is there and reaches the builder', () => {
    for (const rest of all(stages[0]!, 'COPY')) {
      for (const source of rest.split(/\s+/).slice(0, -1)) {
        expect(exists(source), source).toBe(true)
        if (source !== '.') expect(reaches(source), source).toBe(true)
      }
    }
    for (const needed of ['nuxt.config.ts', 'server', 'cli', 'tsconfig.json', 'public', '.nuxtrc']) expect(reaches(needed), needed).toBe(true)
    for (const kept of ['.data', '.env', '.git', '.output', 'node_modules', 'tests', 'compose.yaml']) expect(reaches(kept), kept).toBe(false)
  })

  test('whatever the product imports reaches the builder', () => {
    const product = filesBelow('').filter(path => /\.(ts|vue)$/.test(path) && reaches(path) && !path.startsWith('scripts/'))
    const wanted = product.flatMap(path => [...readText(path).matchAll(/'#parley\/([^']+)'/g)].map(match => match[1]!))
    expect(wanted.length).toBeGreaterThan(1_000)
    expect([...new Set(wanted)].filter(path => !reaches(path))).toEqual([])
  })

  test('only the build, the command line with it, goes into the image that runs', () => {
    expect(all(last, 'COPY').map(rest => rest.replace('--from=build ', '').split(' ')[0])).toEqual(['/src/.output/server', '/src/.output/public', '/src/.output/cli'])
    expect(all(last, 'RUN').join(' ')).not.toMatch(/apt|npm|curl|wget/)
  })

  test('runs as a user without rights, who owns nothing but the data', () => {
    expect(one(last, 'USER')).toBe('node')
    expect(last.findIndex(({ name }) => name === 'USER')).toBeGreaterThan(last.findLastIndex(({ name }) => name === 'RUN' || name === 'COPY'))
    expect(one(last, 'VOLUME')).toBe('/data')
    expect(one(last, 'RUN')).toContain('-o node -g node -m 700 /data')
    expect(one(last, 'ENV')).toContain('NUXT_DATA_DIR=/data')
    expect(all(last, 'COPY').join(' ')).not.toContain('--chown')
  })

  test('[L5] the server itself is process 1 and gets the signal', () => {
    const command = words(one(last, 'CMD'))
    expect(command).toEqual(['node', '/app/server/index.mjs'])
    expect(one(last, 'STOPSIGNAL')).toBe('SIGTERM')
  })

  test('the health check is a program that runs, and tells a dead server', async () => {
    const health = one(last, 'HEALTHCHECK')
    const [program, ...args] = words(health.slice(health.indexOf('CMD ') + 4))
    expect(program).toBe('node')
    await expect(run(process.execPath, args, { env: { PORT: '9' } })).rejects.toMatchObject({ code: 1 })
  })

  const noLint = missingPrograms('hadolint')
  test.skipIf(noLint !== '')(`hadolint has nothing to say${noLint}`, async () => {
    const { stdout } = await run(findProgram('hadolint')!, [join(import.meta.dirname, '..', '..', 'Dockerfile')])
    expect(stdout).toBe('')
  })
})

describe('compose.yaml', () => {
  const text = readText('compose.yaml')

  test('the server has a read-only root, no capabilities, and time to end in order', () => {
    for (const line of ['read_only: true', 'cap_drop:\n      - ALL', 'no-new-privileges:true', 'condition: service_healthy']) expect(text).toContain(line)
    const grace = Number(/stop_grace_period: (\d+)s/.exec(text)![1])
    expect(grace * 1000).toBeGreaterThan(timing.drainLimit)
  })

  test('what it mounts is there, and its proxy is the only one that is reached from outside', () => {
    for (const [, path] of text.matchAll(/- \.\/(\S+?):/g)) expect(exists(path!), path).toBe(true)
    expect(text.match(/ports:/g)).toHaveLength(1)
    expect(text.indexOf('ports:')).toBeGreaterThan(text.indexOf('caddy:'))
    expect(text).toContain('NUXT_TRUST_PROXY: private')
  })
})

describe('units of systemd', () => {
  const names = ['parley.service', 'parley-backup.service', 'parley-backup.timer']
  const noSystemd = missingPrograms('systemd-analyze')

  test('the server has time to end in order, and may write its data only', () => {
    const unit = readText('deploy/parley.service')
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)![1]) * 1000).toBeGreaterThan(timing.drainLimit)
    for (const line of ['ProtectSystem=strict', 'NoNewPrivileges=yes', 'StateDirectory=parley', 'UMask=0077', 'Restart=always']) expect(unit.split('\n')).toContain(line)
    expect(unit).not.toMatch(/^MemoryDenyWriteExecute=yes/m)
  })

  test.skipIf(noSystemd !== '')(`systemd-analyze finds no mistake in them${noSystemd}`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'parley-units-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    await chmod(folder, 0o755)
    for (const name of names) await writeFile(join(folder, name), readText(`deploy/${name}`).replaceAll('/usr/bin/node', process.execPath))
    const { stdout, stderr } = await run(findProgram('systemd-analyze')!, ['verify', '--man=no', '--recursive-errors=no', ...names.map(name => join(folder, name))])
    // Units of the machine itself are none of ours.
    expect(`${stdout}${stderr}`.split('\n').filter(line => line.includes('parley'))).toEqual([])
  })

  test.skipIf(noSystemd !== '')(`an attacker inside the server would find little to do${noSystemd}`, async () => {
    const unit = join(import.meta.dirname, '..', '..', 'deploy', 'parley.service')
    const { stdout } = await run(findProgram('systemd-analyze')!, ['security', '--no-pager', '--offline=true', '--threshold=30', unit])
    expect(stdout).toMatch(/Overall exposure level for \S+: [0-2]\.\d OK/)
  })

  test('the backup is made by the command line that comes with the build', () => {
    expect(readText('deploy/parley-backup.service')).toContain('/opt/parley/cli/parley.mjs backup ')
    expect(exists('cli/commands/backup.ts')).toBe(true)
  })
})

describe('the command line beside parley.service', () => {
  /** deploy/parley.sh with programs of this machine in place of those of the server's; what node is given, a line each. */
  async function called(user: string, args: readonly string[], settings: string): Promise<string[]> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-command-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const programs = { id: `echo ${user}`, runuser: 'as=$2; shift 3; AS=$as exec "$@"', node: 'echo "as ${AS:-oneself}"; echo "${NUXT_DATA_DIR-} ${NUXT_S3_SECRET_ACCESS_KEY-}"; for word in "$@"; do echo "$word"; done' }
    for (const [name, text] of Object.entries(programs)) await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    await writeFile(join(folder, 'parley.env'), settings)
    const script = join(folder, 'parley')
    await writeFile(script, readText('deploy/parley.sh').replaceAll('/usr/bin/node', join(folder, 'node')).replaceAll('/etc/parley.env', join(folder, 'parley.env')), { mode: 0o755 })
    return (await run(script, args, { env: { PATH: `${folder}:${process.env.PATH ?? ''}` } })).stdout.trimEnd().split('\n')
  }

  test('has the folder, the settings and the user of the server, whoever calls it from wherever', async () => {
    const settings = '# of ours\nNUXT_S3_SECRET_ACCESS_KEY="a b$(exit 1)c=="\n\nLD_PRELOAD=/nothing\n'
    expect(await called('0', ['user', 'add', 'Ann Lee'], settings)).toEqual(['as parley', '/var/lib/parley a b$(exit 1)c==', '/opt/parley/cli/parley.mjs', 'user', 'add', 'Ann Lee'])
    expect(await called('0', ['gc'], 'NUXT_DATA_DIR=/srv/chat\nNUXT_S3_SECRET_ACCESS_KEY=x=')).toEqual(['as parley', '/srv/chat x=', '/opt/parley/cli/parley.mjs', 'gc'])
    // The server's own user may not read the settings of root.
    expect(await called('998', ['gc'], settings)).toEqual(['as oneself', '/var/lib/parley ', '/opt/parley/cli/parley.mjs', 'gc'])
  })

  test('has the folder and the program that the unit has', () => {
    const unit = readText('deploy/parley.service')
    const script = readText('deploy/parley.sh')
    expect(unit).toContain('NUXT_DATA_DIR=/var/lib/parley')
    for (const part of ['/var/lib/parley', '/etc/parley.env', '/usr/bin/node /opt/parley/']) for (const text of [unit, script]) expect(text).toContain(part)
    expect(unit).toContain('User=parley')
  })
})

test('every sample forwards to the port of the server, and every program in docs/DEPLOY.md has its file', () => {
  for (const name of ['nginx.conf', 'Caddyfile', 'traefik/parley.yaml']) expect(readText(`deploy/${name}`), name).toContain('127.0.0.1:3000')
  const document = readText('docs/DEPLOY.md')
  for (const [, path] of document.matchAll(/\]\(\.\.\/(deploy\/[^)]+|Dockerfile|compose\.yaml)\)/g)) expect(exists(path!), path).toBe(true)
  for (const name of ['nginx.conf', 'Caddyfile', 'traefik', 'parley.service', 'parley.sh', 'parley-backup.timer']) expect(document, name).toContain(`deploy/${name}`)
})
