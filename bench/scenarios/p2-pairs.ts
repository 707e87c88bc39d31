import { against, loadNotes, measure } from '#parley/bench/scenarios/scenario.ts'
import type { Case, Scale, Scenario } from '#parley/bench/scenarios/scenario.ts'

/** P2: many people in twos, each with one message in flight: what a server for many small conversations has to do. */
const users = 5000

const caseOf = (scale: Scale): Case => ({
  settings: { users },
  title: `${users} connections in pairs, one message in flight each`,
  systems: ['ws-string', 'ws-coalesced', 'socketio-group', 'parley'],
  columns: [
    { key: 'messages', title: 'messages/s' },
    { key: 'cpu', title: 'CPU µs/message', digits: 1 },
    { key: 'ackP50', title: 'ack p50 ms', digits: 1 },
    { key: 'ackP99', title: 'ack p99', digits: 1 },
    { key: 'generator', title: 'generator CPU %' },
  ],
  targets: [
    against('messages/s', 'messages', 'socketio-group', 2, 'least'),
    against('messages/s', 'messages', 'ws-string', 1, 'least'),
  ],
  run: system => measure(system, { users, roomSize: 2 }, async (generator, _server, run) => {
    await generator.load({ do: 'connect', concurrency: 64 })
    const result = await generator.load({ do: 'closed', senders: users, depth: 1, warmup: scale.warmup, seconds: scale.seconds })
    run.values['messages'] = result.messages / result.seconds
    run.values['cpu'] = result.serverCpuMs * 1000 / result.messages
    run.values['ackP50'] = result.acks?.p50 ?? 0
    run.values['ackP99'] = result.acks?.p99 ?? 0
    run.values['generator'] = result.ownCpuMs / 10 / result.seconds
    run.notes.push(...loadNotes('saturation', result))
  }),
})

export const pairs: Scenario = { name: 'P2', title: 'pairs', cases: scale => [caseOf(scale)] }
