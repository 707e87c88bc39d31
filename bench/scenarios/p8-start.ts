import { setTimeout as sleep } from 'node:timers/promises'
import { residentBytes } from '#parley/bench/measure/process-usage.ts'
import { absolute, measure } from '#parley/bench/scenarios/scenario.ts'
import type { Case, Run, Scenario } from '#parley/bench/scenarios/scenario.ts'
import type { Running, System } from '#parley/bench/systems/system.ts'

/**
 * P8: from the start of the process to the first page and the first ack, and what an idle server holds. Without instruments: they are
 * TypeScript, and what Node loads to run that, once for each thread, is a quarter of the memory.
 */
async function firstPage({ port }: Running): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/login`)
  await response.text()
  if (response.status !== 200) throw new Error(`/login answered ${response.status}`)
}

async function start(system: System): Promise<Run> {
  return await measure(system, { users: 2, roomSize: 2, bare: true }, async (generator, server, run) => {
    const listening = performance.now()
    await firstPage(server)
    const page = performance.now()
    await generator.load({ do: 'connect', concurrency: 1 })
    await generator.load({ do: 'open', rate: 10, warmup: 0, seconds: 0.1 })
    const acked = performance.now()
    run.values['listening'] = server.startMs
    run.values['page'] = server.startMs + page - listening
    run.values['ack'] = server.startMs + acked - listening
    await sleep(2000)
    // As it is, without asking for a collection: what an operator sees.
    run.values['resident'] = residentBytes(server.pid) / 2 ** 20
  })
}

const subject: Case = {
  settings: {},
  title: 'start, and an idle server',
  systems: ['parley'],
  columns: [
    { key: 'listening', title: 'listening ms' },
    { key: 'page', title: 'first page ms' },
    { key: 'ack', title: 'first ack ms' },
    { key: 'resident', title: 'idle MB', digits: 1 },
  ],
  targets: [
    absolute('first page', 'page', 1000, 'most', 'ms', 0),
    absolute('first ack', 'ack', 1000, 'most', 'ms', 0),
    absolute('idle resident memory', 'resident', 120, 'most', 'MB'),
  ],
  run: start,
}

export const starting: Scenario = { name: 'P8', title: 'start', cases: () => [subject] }
