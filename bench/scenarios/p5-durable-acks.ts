import { fsyncTime } from '#parley/bench/measure/fsync.ts'
import { absolute, loadNotes, measure } from '#parley/bench/scenarios/scenario.ts'
import type { Case, Run, Scale, Scenario, Target } from '#parley/bench/scenarios/scenario.ts'
import type { System } from '#parley/bench/systems/system.ts'

/** P5: acks of messages that are on disk: one at a time, in a row, and from many; and the same with a disk that takes 3 ms more for each commit. */
const slowCommit = 3

interface Form { writers: number, depth: number }

async function writers(system: System, { writers: count, depth }: Form, scale: Scale, slow: number): Promise<Run> {
  return await measure(system, { users: Math.max(2, count), roomSize: 2, slowCommit: slow }, async (generator, server, run) => {
    await generator.load({ do: 'connect', concurrency: 32 })
    run.values['fsync'] = await fsyncTime()
    server.resetDelay()
    const result = await generator.load({ do: 'closed', senders: count, depth, warmup: scale.warmup, seconds: scale.seconds })
    const { loopDelay } = await server.state()
    run.values['acks'] = result.messages / result.seconds
    run.values['p50'] = result.acks?.p50 ?? 0
    run.values['p99'] = result.acks?.p99 ?? 0
    run.values['above'] = (result.acks?.p50 ?? 0) - run.values['fsync']
    run.values['cpu'] = result.serverCpuMs * 1000 / result.messages
    run.values['loop'] = loopDelay.p99
    run.notes.push(...loadNotes('saturation', result))
  })
}

/** Both disks in one run of the system, so that the fall is that of one moment. */
async function bothDisks(system: System, form: Form, scale: Scale): Promise<Run> {
  const usual = await writers(system, form, scale, 0)
  const slow = await writers(system, form, scale, slowCommit)
  const [own = 0, slowed = 0] = [usual.values['acks'], slow.values['acks']]
  return {
    values: { ...usual.values, slowAcks: slowed, fall: own === 0 ? 0 : 100 * (1 - slowed / own), faults: (usual.values['faults'] ?? 0) + (slow.values['faults'] ?? 0) },
    notes: [...usual.notes, ...slow.notes.map(note => `slow disk: ${note}`)],
  }
}

function targetsOf({ writers: count, depth }: Form): Target[] {
  if (count === 1 && depth === 1) return [absolute('ack p50 above the fsync of this disk', 'above', 0.3, 'most', 'ms', 2)]
  if (count > 1) return [absolute('acks/s', 'acks', 30_000, 'least', 'acks/s', 0), absolute(`fall of acks/s with ${slowCommit} ms more per commit`, 'fall', 40, 'most', '%', 0)]
  return []
}

const caseOf = (form: Form, scale: Scale): Case => ({
  settings: { writers: form.writers, depth: form.depth },
  title: `${form.writers} writer${form.writers === 1 ? '' : 's'}, ${form.depth} in flight each`,
  systems: ['socketio-each', 'socketio-group', 'parley'],
  columns: [
    { key: 'acks', title: 'acks/s' },
    { key: 'p50', title: 'p50 ms', digits: 2 },
    { key: 'p99', title: 'p99', digits: 2 },
    { key: 'fsync', title: 'fsync ms', digits: 2 },
    { key: 'cpu', title: 'CPU µs/ack', digits: 1 },
    { key: 'loop', title: 'loop p99 ms', digits: 1 },
    { key: 'slowAcks', title: `acks/s, ${slowCommit} ms slower` },
    { key: 'fall', title: 'fall %' },
  ],
  targets: targetsOf(form),
  run: system => bothDisks(system, form, scale),
})

export const durableAcks: Scenario = {
  name: 'P5',
  title: 'durable acks',
  cases: scale => [{ writers: 1, depth: 1 }, { writers: 1, depth: 64 }, { writers: 1000, depth: 1 }].map(form => caseOf(form, scale)),
}
