import { loadNotes, measure } from '#parley/bench/scenarios/scenario.ts'
import type { Case, Run, Scale, Scenario, Target } from '#parley/bench/scenarios/scenario.ts'
import type { System } from '#parley/bench/systems/system.ts'

/** P7: the same work with few and with many messages stored. Costs are server CPU: time would show the disk's mood. */
/** In twenty rooms, so that even few messages fill a page of each. */
const users = 200
/** How often everybody connects: the operating system counts CPU in hundredths of a second. */
const connects = 5

const few = 1000

async function costs(system: System, stored: number, scale: Scale): Promise<Run> {
  // The same rooms in both: what grows is the log.
  return await measure(system, { users, roomSize: 10, stored }, async (generator, _server, run) => {
    let connecting = 0
    for (let turn = 0; turn < connects; turn++) connecting += (await generator.load({ do: 'connect', concurrency: 16 })).serverCpuMs
    run.values['heads'] = connecting * 1000 / users / connects
    const page = await generator.load({ do: 'http', path: '/api/conversations/{room}/messages?limit=50', connections: 16, warmup: scale.warmup, seconds: scale.seconds })
    run.values['page'] = page.serverCpuMs * 1000 / page.messages
    // Fewer than a user may ask for at a time.
    const search = await generator.load({ do: 'http', path: '/api/search?q=zyzzyva', connections: 8, rate: 300, warmup: 0.5, seconds: 3 })
    run.values['search'] = search.serverCpuMs * 1000 / search.messages
    const send = await generator.load({ do: 'closed', senders: users, depth: 4, warmup: scale.warmup, seconds: scale.seconds })
    run.values['send'] = send.serverCpuMs * 1000 / send.messages
    run.notes.push(...loadNotes('send', send))
  })
}

const kinds = ['send', 'page', 'heads', 'search'] as const
const titles: Record<(typeof kinds)[number], string> = { send: 'send', page: 'newest page', heads: 'connect with heads', search: 'search of a rare word' }

async function both(system: System, many: number, scale: Scale): Promise<Run> {
  const [small, large] = [await costs(system, few, scale), await costs(system, many, scale)]
  const values: Record<string, number> = { faults: (small.values['faults'] ?? 0) + (large.values['faults'] ?? 0) }
  for (const kind of kinds) {
    const [before = 0, after = 0] = [small.values[kind], large.values[kind]]
    values[`${kind}Few`] = before
    values[`${kind}Many`] = after
    values[`${kind}Ratio`] = before === 0 ? 0 : after / before
  }
  return { values, notes: [...small.notes, ...large.notes] }
}

const target = (kind: (typeof kinds)[number], bound: number): Target => ({
  what: `${titles[kind]}: CPU with many messages against few`, digits: 2, unit: '×',
  judge(round) {
    const reached = round['parley']?.values[`${kind}Ratio`]
    return reached === undefined ? undefined : { reached, bound, met: reached <= bound }
  },
})

const caseOf = (many: number, scale: Scale): Case => ({
  settings: { stored: many },
  title: `server CPU µs with ${few} and with ${many} messages stored`,
  systems: ['parley'],
  columns: kinds.flatMap(kind => [
    { key: `${kind}Few`, title: `${titles[kind]}, few` },
    { key: `${kind}Many`, title: 'many' },
  ]),
  targets: [target('send', 1.4), target('page', 1.3), target('heads', 1.3), target('search', 1.3)],
  run: system => both(system, many, scale),
})

export const growth: Scenario = { name: 'P7', title: 'growth', cases: scale => [caseOf(scale.quick ? 100_000 : 1_000_000, scale)] }
