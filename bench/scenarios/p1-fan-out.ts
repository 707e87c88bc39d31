import { fsyncTime } from '#parley/bench/measure/fsync.ts'
import { absolute, against, loadNotes, measure } from '#parley/bench/scenarios/scenario.ts'
import type { Case, Run, Scale, Scenario, Target } from '#parley/bench/scenarios/scenario.ts'
import type { Generator } from '#parley/bench/systems/generator.ts'
import type { Running, System } from '#parley/bench/systems/system.ts'

/**
 * P1: 1,000 connections in rooms of one size. First as much as goes (every sender waits for its ack before it sends again), then at a
 * fixed rate, far below what any of the systems can do, for latency and the cost of messages that come one by one.
 */
const users = 1000

interface Form {
  room: number
  /** Senders at saturation, one message in flight each. In large rooms a few are enough to fill every turn of the loop. */
  senders: number
  /** Messages in a second of the open loop. */
  rate: number
}

const forms: readonly Form[] = [
  { room: 2, senders: 1000, rate: 10_000 },
  { room: 50, senders: 1000, rate: 1000 },
  { room: 1000, senders: 256, rate: 50 },
]

async function saturate({ room, senders }: Form, scale: Scale, generator: Generator, server: Running, run: Run): Promise<void> {
  server.resetDelay()
  const result = await generator.load({ do: 'closed', senders, depth: 1, warmup: scale.warmup, seconds: scale.seconds })
  const { loopDelay } = await server.state()
  const messages = result.messages / result.seconds
  run.values['messages'] = messages
  run.values['deliveries'] = messages * (room - 1)
  run.values['cpu'] = result.serverCpuMs * 1000 / result.messages / (room === 2 ? 1 : room - 1)
  run.values['loop'] = loopDelay.p99
  run.values['generator'] = result.ownCpuMs / 10 / result.seconds
  run.notes.push(...loadNotes('saturation', result))
}

async function pacedLoad({ rate }: Form, scale: Scale, generator: Generator, run: Run): Promise<void> {
  const result = await generator.load({ do: 'open', rate, warmup: scale.warmup, seconds: scale.seconds })
  run.values['p50'] = result.received?.p50 ?? 0
  run.values['p99'] = result.received?.p99 ?? 0
  run.values['ackP50'] = result.acks?.p50 ?? 0
  run.values['ackP99'] = result.acks?.p99 ?? 0
  run.values['pacedCpu'] = result.serverCpuMs * 1000 / result.messages
  run.notes.push(...loadNotes(`${rate}/s`, result))
}

function targetsOf({ room, rate }: Form): Target[] {
  if (room === 2) {
    return [
      against('messages/s', 'messages', 'socketio-group', 2, 'least'),
      against('server CPU per message', 'cpu', 'socketio-group', 0.5, 'most'),
      against('messages/s', 'messages', 'ws-string', 0.9, 'least'),
      absolute(`p50 at ${rate}/s`, 'p50', 3, 'most', 'ms'),
      against(`p99 at ${rate}/s`, 'p99', 'socketio-group', 1, 'most'),
      absolute(`p99 of acks at ${rate}/s`, 'ackP99', 8, 'most', 'ms'),
      against(`server CPU at ${rate}/s`, 'pacedCpu', 'socketio-group', 0.85, 'most'),
    ]
  }
  const targets = [
    against('deliveries/s', 'deliveries', 'socketio-group', room === 50 ? 8 : 30, 'least'),
    against('deliveries/s', 'deliveries', 'ws-coalesced', 0.65, 'least'),
    against(`p99 at ${rate}/s`, 'p99', 'socketio-group', 1, 'most'),
  ]
  return room === 50 ? [...targets, latencyTarget(rate), against(`server CPU at ${rate}/s`, 'pacedCpu', 'socketio-group', 0.8, 'most')] : targets
}

/** "p50 ≤ 2 × raw ws plus one fsync": the fsync of this machine is what the run measured beside it. */
const latencyTarget = (rate: number): Target => ({
  what: `p50 at ${rate}/s, against 2 × ws-string and an fsync`, digits: 2, unit: 'ms',
  judge(round) {
    const [own, raw] = [round['parley']?.values, round['ws-string']?.values]
    if (own?.['p50'] === undefined || raw?.['p50'] === undefined) return undefined
    const bound = 2 * raw['p50'] + (own['fsync'] ?? 0)
    return { reached: own['p50'], bound, met: own['p50'] <= bound }
  },
})

const caseOf = (form: Form, scale: Scale): Case => ({
  settings: { room: form.room },
  title: `rooms of ${form.room}: ${form.senders} senders with one message in flight each; then ${form.rate} messages/s`,
  // The short run leaves out those that no target needs.
  systems: ['ws-string', ...scale.quick ? [] : ['ws-prebuilt'], 'ws-coalesced', ...scale.quick ? [] : ['socketio-each'], 'socketio-group', 'parley'],
  columns: [
    { key: 'messages', title: 'messages/s' },
    { key: 'deliveries', title: 'deliveries/s' },
    { key: 'cpu', title: `CPU µs/${form.room === 2 ? 'message' : 'delivery'}`, digits: 2 },
    { key: 'loop', title: 'loop p99 ms', digits: 1 },
    { key: 'generator', title: 'generator CPU %' },
    { key: 'p50', title: `p50 ms at ${form.rate}/s`, digits: 2 },
    { key: 'p99', title: 'p99', digits: 2 },
    { key: 'ackP50', title: 'ack p50', digits: 2 },
    { key: 'ackP99', title: 'ack p99', digits: 2 },
    { key: 'pacedCpu', title: `CPU µs/message at ${form.rate}/s`, digits: 1 },
  ],
  targets: targetsOf(form),
  run: (system: System) => measure(system, { users, roomSize: form.room }, async (generator, server, run) => {
    await generator.load({ do: 'connect', concurrency: 32 })
    run.values['fsync'] = await fsyncTime()
    await saturate(form, scale, generator, server, run)
    await pacedLoad(form, scale, generator, run)
  }),
})

export const fanOut: Scenario = {
  name: 'P1',
  title: 'fan-out: 1,000 connections in rooms',
  cases: scale => forms.map(form => caseOf(form, scale)),
}
