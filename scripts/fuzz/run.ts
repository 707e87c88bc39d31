import { setTimeout } from 'node:timers/promises'
import { armAdmin } from '#parley/scripts/fuzz/attackers.ts'
import type { Targets } from '#parley/scripts/fuzz/attackers.ts'
import { readRoutes } from '#parley/scripts/fuzz/corpus.ts'
import { judgeLog } from '#parley/scripts/fuzz/judge.ts'
import { runAdminLane, runHttpLane, runSocketLane } from '#parley/scripts/fuzz/lanes.ts'
import type { LaneOptions } from '#parley/scripts/fuzz/lanes.ts'
import { createFindings } from '#parley/scripts/fuzz/report.ts'
import type { Findings, FuzzReport } from '#parley/scripts/fuzz/report.ts'
import { readSeries, watchServer } from '#parley/scripts/fuzz/watch.ts'
import { seatWitnesses } from '#parley/scripts/fuzz/witnesses.ts'
import { newUser } from '#parley/tests/helpers/http-client.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

export interface FuzzOptions {
  seed: number
  seconds: number
  /** Gets each finding when it is made. */
  print: (line: string) => void
}

/** MiB by which memory may grow between the end of warming up and the end: caches fill, and a collector takes its time. */
const mostGrowth = 96
/** Open files beyond those of the beginning: connections that end take a moment to go. */
const mostFiles = 60

/** Rates are off: refused for being too fast, hardly a case would get far. Sizes are small, so that limits are met. */
const env = { NUXT_RATE_LIMIT: '0', NUXT_MAX_CONNECTIONS_PER_USER: '50', NUXT_UPLOAD_LIMIT: '1', NUXT_UPLOAD_QUOTA: '4', NUXT_LOG_LEVEL: 'warn' }

/** A heap with little room is collected often: what stays then is held. */
const tightHeap = ['--max-semi-space-size=4', '--max-old-space-size=256']

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

async function attack(options: Pick<LaneOptions, 'seed' | 'port' | 'targets' | 'findings'>, admin: Parameters<typeof armAdmin>[0], seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1_000
  const lane = (name: string): LaneOptions => ({ ...options, name, over: () => performance.now() >= end })
  const armed = await armAdmin(admin, options.targets)
  await Promise.all([
    ...['http1', 'http2', 'http3'].map((name, place, { length }) => runHttpLane(lane(name), { place, of: length })),
    ...['sock1', 'sock2'].map(name => runSocketLane(lane(name))),
    runAdminLane(lane('admin'), armed),
  ])
}

/** What the server itself counted, and whether it let go of everything. */
async function judgeEnd(server: ServerProcess, witnesses: number, findings: Findings): Promise<void> {
  let series = await readSeries(server)
  for (let tries = 0; tries < 60 && series.get('parley_sockets') !== witnesses; tries++) {
    await setTimeout(250)
    series = await readSeries(server)
  }
  if (series.get('parley_sockets') !== witnesses) findings.wrong('end', `${series.get('parley_sockets')} sockets are still there, of which ${witnesses} are in use`)
  // Not audit repairs: on a busy machine an audit reads a commit before the event loop has heard of it.
  for (const name of ['parley_unhandled_errors_total', 'parley_unknown_fates_total']) {
    if (series.get(name) !== 0) findings.wrong('end', `${name} is ${series.get(name)}`)
  }
}

/**
 * Attacks the built server with requests and frames that follow from the seed, while people talk on it (X40).
 *
 * @throws Error when the world cannot be set up; whatever the attack breaks is in the report
 */
export async function runFuzz({ seed, seconds, print }: FuzzOptions): Promise<FuzzReport> {
  const findings = createFindings(print)
  const server = await startServer({ env, nodeArguments: tightHeap })
  try {
    const admin = await newUser(server.url, 'admin')
    const users = [await newUser(server.url, 'wilma'), await newUser(server.url, 'willy')]
    const { id: room } = await users[0]!.group('witnesses', [users[1]!.account.id])
    const targets: Targets = { origin: server.url, foreign: room, user: (await newUser(server.url, 'bystander')).account.id }
    const witnesses = await seatWitnesses(server.url, users, room)
    const watch = watchServer(server)
    await attack({ seed, port: server.port, targets, findings }, admin, seconds)
    const { memory, files, slowest, faults } = await watch.stop()
    const quarter = Math.floor(memory.length / 4)
    const [warm, end] = [median(memory.slice(quarter, 2 * quarter)), median(memory.slice(-quarter))]
    for (const fault of faults) findings.wrong('watch', fault)
    if (end - warm > mostGrowth) findings.wrong('watch', `memory grew from ${warm} to ${end} MiB: ${memory.join(' ')}`)
    const talk = await witnesses.finish()
    for (const fault of talk.faults) findings.wrong('witness', fault)
    await judgeEnd(server, users.length, findings)
    if (median(files.slice(-quarter)) - median(files.slice(0, quarter)) > mostFiles) findings.wrong('watch', `open files grew: ${files.join(' ')}`)
    witnesses.dispose()
    const exit = await server.kill('SIGTERM')
    if (exit.code !== 0) findings.wrong('end', `exit ${JSON.stringify(exit)}`)
    for (const fault of judgeLog(server.logs())) findings.wrong('end', fault)
    const { cases, statuses, closes, violations, visited } = findings
    const unvisited = readRoutes().map(({ method, path }) => `${method} ${path}`).filter(route => !route.startsWith('GET /api/diagnosis/hold') && !visited.has(route))
    return { seed, seconds, cases, statuses, closes, unvisited, memory: { warm, end }, slowest, witnessed: talk.messages, violations }
  }
  finally {
    await server.dispose()
  }
}
