import { setTimeout as sleep } from 'node:timers/promises'
import { absolute, measure } from '#parley/bench/scenarios/scenario.ts'
import type { Case, Scale, Scenario, Target } from '#parley/bench/scenarios/scenario.ts'

/**
 * P3: memory of connections that do nothing, after their welcome; resident memory of the whole process, after a collection that gives back
 * what the heap does not need.
 */
const nearRaw: Target = {
  what: 'bytes per connection above ws-string', unit: 'bytes',
  judge(round) {
    const [own, raw] = [round['parley']?.values['bytes'], round['ws-string']?.values['bytes']]
    if (own === undefined || raw === undefined) return undefined
    return { reached: own - raw, bound: 4096, met: own - raw <= 4096 }
  },
}

const caseOf = (users: number): Case => ({
  settings: { users },
  title: `${users} idle connections, in rooms of 50`,
  systems: ['ws-string', 'socketio-group', 'parley'],
  columns: [
    { key: 'bytes', title: 'bytes/connection' },
    { key: 'heap', title: 'of it in the JS heap' },
    { key: 'cpu', title: 'CPU µs/connect', digits: 1 },
    { key: 'connects', title: 'connects/s' },
  ],
  targets: [absolute('bytes per connection', 'bytes', 14 * 1024, 'most', 'bytes', 0), nearRaw],
  run: system => measure(system, { users, roomSize: 50 }, async (generator, server, run) => {
    // First a few come and go: compiled code and the heap's first growth are no memory of a connection.
    await generator.load({ do: 'connect', concurrency: 64, limit: 500 })
    await generator.load({ do: 'connect', concurrency: 64, limit: 0 })
    await sleep(1000)
    const before = await server.state()
    const connected = await generator.load({ do: 'connect', concurrency: 64 })
    // Presence of the last ones to come, and pages that the collector gives back late.
    await sleep(1500)
    await server.state()
    await sleep(500)
    const after = await server.state()
    run.values['bytes'] = (after.resident - before.resident) / users
    run.values['heap'] = (after.heapUsed - before.heapUsed) / users
    run.values['cpu'] = connected.serverCpuMs * 1000 / users
    run.values['connects'] = users / connected.seconds
  }),
})

export const idle: Scenario = { name: 'P3', title: 'idle connections', cases: (scale: Scale) => [caseOf(scale.quick ? 5000 : 10_000)] }
