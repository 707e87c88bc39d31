import { absolute, against, measure } from '#parley/bench/scenarios/scenario.ts'
import type { Case, Scenario } from '#parley/bench/scenarios/scenario.ts'

/** P4: everybody comes back at once and pulls what was missed. */
const users = 5000
const missed = 20

const caseOf = (tickets: 'held' | 'fetched'): Case => ({
  settings: { tickets },
  title: `${users} clients at once, ${tickets === 'held' ? 'tickets in hand' : 'each fetching its ticket first'}, ${missed} missed messages each`,
  systems: ['ws-string', 'socketio-group', 'parley'],
  columns: [
    { key: 'clients', title: 'clients/s' },
    { key: 'cpu', title: 'CPU µs/client' },
    { key: 'first', title: 'first welcome ms' },
    { key: 'last', title: 'last welcome ms' },
    { key: 'p50', title: 'complete p50 ms' },
    { key: 'complete', title: 'complete, last ms' },
  ],
  targets: tickets === 'held'
    ? [against('clients/s', 'clients', 'socketio-group', 1.2, 'least'), absolute('first welcome', 'first', 1000, 'most', 'ms', 0)]
    : [absolute('first welcome', 'first', 1000, 'most', 'ms', 0)],
  run: system => measure(system, { users, roomSize: 50, missed }, async (generator, _server, run) => {
    const result = await generator.load({ do: 'storm', tickets })
    run.values['clients'] = users / result.seconds
    run.values['cpu'] = result.serverCpuMs * 1000 / users
    run.values['first'] = result.firstWelcome ?? 0
    run.values['last'] = result.lastWelcome ?? 0
    run.values['p50'] = result.received?.p50 ?? 0
    run.values['complete'] = result.received?.max ?? 0
    if (result.retries) run.notes.push(`${result.retries} connections broke on their way up and were tried again`)
  }),
})

export const storm: Scenario = { name: 'P4', title: 'reconnect storm', cases: () => [caseOf('held'), caseOf('fetched')] }
