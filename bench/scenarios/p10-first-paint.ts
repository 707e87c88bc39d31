import { absolute, measure } from '#parley/bench/scenarios/scenario.ts'
import type { Case, Scale, Scenario } from '#parley/bench/scenarios/scenario.ts'

/**
 * P10: pages of the chat as the server renders them, of random users in rooms of a thousand messages, with as many conversations beside as
 * the list of a page shows, one after the other: of a server that has just started, and, which is judged, of one that has been compiled by
 * use, as one is that runs for weeks; beside them the page without anybody's messages, which is what HTTP and the document itself cost.
 * Compression is left to a proxy and not counted.
 */
const stored = 100_000
const users = 1000
const directs = 18
/** Seconds of pages after which V8 has compiled what it will: some thousands. */
const compiled = 20

const caseOf = (scale: Scale): Case => ({
  settings: { stored },
  title: 'pages of a conversation, rendered by the server',
  systems: ['parley'],
  columns: [
    { key: 'cpu', title: 'CPU ms/page', digits: 2 },
    { key: 'cold', title: 'after the start', digits: 2 },
    { key: 'empty', title: 'the empty page', digits: 2 },
    { key: 'p50', title: 'p50 ms', digits: 2 },
    { key: 'p99', title: 'p99', digits: 2 },
  ],
  targets: [absolute('server CPU of a page', 'cpu', 5, 'most', 'ms', 2)],
  run: system => measure(system, { users, roomSize: 10, stored, directs }, async (generator, _server, run) => {
    const load = (path: string, warmup: number) => generator.load({ do: 'http', path, connections: 1, warmup, seconds: scale.seconds })
    const cold = await load('/chat/{room}', Math.max(2, scale.warmup))
    const page = await load('/chat/{room}', compiled)
    const empty = await load('/shell', Math.max(2, scale.warmup))
    run.values['cold'] = cold.serverCpuMs / cold.messages
    run.values['cpu'] = page.serverCpuMs / page.messages
    run.values['empty'] = empty.serverCpuMs / empty.messages
    run.values['p50'] = page.received?.p50 ?? 0
    run.values['p99'] = page.received?.p99 ?? 0
  }),
})

export const firstPaint: Scenario = { name: 'P10', title: 'first paint', cases: scale => [caseOf(scale)] }
