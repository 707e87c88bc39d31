import { absolute, measure } from '#parley/bench/scenarios/scenario.ts'
import type { Case, Scale, Scenario } from '#parley/bench/scenarios/scenario.ts'

/** P6: pages of 50 messages over HTTP, of random users from random places of their rooms: as much as goes, then at half the target. */
const stored = 100_000
const users = 1000
const path = '/api/conversations/{room}/messages?limit=50&before={before}'

const caseOf = (scale: Scale): Case => ({
  settings: { stored },
  title: `pages of 50 over HTTP, ${stored} messages in 100 rooms`,
  systems: ['parley'],
  columns: [
    { key: 'pages', title: 'pages/s' },
    { key: 'cpu', title: 'CPU µs/page', digits: 1 },
    { key: 'p50', title: 'p50 ms at 1250/s', digits: 2 },
    { key: 'p99', title: 'p99', digits: 2 },
  ],
  targets: [absolute('pages/s', 'pages', 2500, 'least', 'pages/s', 0), absolute('p99 at 1250/s', 'p99', 10, 'most', 'ms')],
  run: system => measure(system, { users, roomSize: 10, stored }, async (generator, _server, run) => {
    const most = await generator.load({ do: 'http', path, connections: 32, warmup: scale.warmup, seconds: scale.seconds })
    const paced = await generator.load({ do: 'http', path, connections: 64, rate: 1250, warmup: scale.warmup, seconds: scale.seconds })
    run.values['pages'] = most.messages / most.seconds
    run.values['cpu'] = most.serverCpuMs * 1000 / most.messages
    run.values['p50'] = paced.received?.p50 ?? 0
    run.values['p99'] = paced.received?.p99 ?? 0
  }),
})

export const history: Scenario = { name: 'P6', title: 'history over HTTP', cases: scale => [caseOf(scale)] }
