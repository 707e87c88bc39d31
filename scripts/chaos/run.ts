import { setTimeout } from 'node:timers/promises'
import { createRandom } from '#parley/tests/helpers/sim/random.ts'
import type { Truth } from '#parley/tests/helpers/sim/oracle.ts'
import { readTruth } from '#parley/tests/helpers/truth.ts'
import { undergo } from '#parley/scripts/chaos/faults.ts'
import { talk } from '#parley/scripts/chaos/people.ts'
import { createRecord } from '#parley/scripts/chaos/record.ts'
import type { Record } from '#parley/scripts/chaos/record.ts'
import { cidsIn, countWrongs, quantiles, tally } from '#parley/scripts/chaos/report.ts'
import type { ChaosReport } from '#parley/scripts/chaos/report.ts'
import { describeFault, schedule } from '#parley/scripts/chaos/schedule.ts'
import type { Shape } from '#parley/scripts/chaos/schedule.ts'
import type { Books, Seat } from '#parley/scripts/chaos/seat.ts'
import { createWorld, devicesOf } from '#parley/scripts/chaos/world.ts'
import type { World } from '#parley/scripts/chaos/world.ts'

export interface ChaosOptions {
  seed: number
  /** For how long faults are begun; the end of it all takes some seconds more. */
  seconds: number
  clients: number
  tabs: number
  /** Gets the log of the run, line by line. */
  print: (line: string) => void
}

/** Ms in which everybody must be back after a fault. A half-open link that nobody writes to is noticed after 35 s, and a backoff may follow (L2, C2). */
const healLimit = 90_000

/** Ms between two acts of one person, on average: with eight of them, some ten ops a second, with room for the bursts. */
const pace = 800

const well = (seat: Seat) => seat.usable && seat.online && seat.pending === 0

/**
 * Ms until everybody was back: online, without an op that waits, and shown a message that was sent after the last fault ended. A link
 * that is half-open looks well until then. Undefined when that did not come to be.
 */
async function heal({ arena: { seats }, books, mark }: World): Promise<number | undefined> {
  const begun = performance.now()
  const { cid, conversation } = await mark()
  // People go on writing: what was pressed a moment ago is no wound, so each may be found without pending ops at a moment of its own.
  const wounded = new Set(seats)
  const back: string[] = []
  while (performance.now() - begun < healLimit) {
    for (const seat of wounded) {
      if (!well(seat) || seat.snapshot(conversation)?.rows.some(row => row.cid === cid) !== true) continue
      wounded.delete(seat)
      back.push(`${seat.name} ${Math.round(performance.now() - begun)}`)
    }
    if (wounded.size === 0 && seats.every(seat => seat.usable && seat.online)) {
      books.record.note(`healed: ${back.join(', ')} ms`)
      return performance.now() - begun
    }
    await setTimeout(10)
  }
  return undefined
}

interface Episodes { kinds: string[], healed: { kinds: string[], ms: number }[] }

/** Episode after episode until the time is over, or until one leaves a wound that does not heal. */
async function suffer(world: World, shape: Shape, options: ChaosOptions): Promise<Episodes> {
  const { arena, books: { record, oracle } } = world
  const done: Episodes = { kinds: [], healed: [] }
  const end = performance.now() + options.seconds * 1_000
  for (const { number, faults, calm } of schedule(options.seed, shape)) {
    await setTimeout(calm)
    if (performance.now() >= end) break
    const kinds = faults.map(fault => fault.kind)
    record.note(`episode ${number}: ${faults.map(describeFault).join('; ')}`)
    await Promise.all(faults.map(fault => undergo(fault, arena)))
    done.kinds.push(...kinds)
    const ms = await heal(world)
    if (ms === undefined) {
      oracle.fault(`${sick(arena.seats)} within ${healLimit} ms after episode ${number} (${kinds.join(', ')})`)
      break
    }
    done.healed.push({ kinds, ms })
  }
  return done
}

const sick = (seats: readonly Seat[]) => seats.filter(seat => !well(seat)).map(seat => `${seat.name} did not heal (${seat.usable ? seat.online ? `online, ${seat.pending} pending ops` : 'not online' : 'no page'})`).join(', ')

/** Whether every page lists what the server says; the oracle looks at everything else once they do. */
async function agrees(seats: readonly Seat[], truth: Truth): Promise<boolean> {
  for (const seat of seats) {
    const view = await seat.view()
    const own = [...truth.members.get(seat.account) ?? []]
    const same = own.every(([id, { unread, readSeq }]) => {
      const shown = view?.conversations.find(entry => entry.id === id)
      return shown?.head === truth.logs.get(id)?.length && shown?.unread === unread && shown.readSeq === readSeq
    })
    if (!same) return false
  }
  return true
}

/** Waits, within bounds, until nothing moves any more. */
async function quiet({ arena: { seats }, users, conversations }: World): Promise<Truth> {
  const begun = performance.now()
  for (;;) {
    if (seats.every(well)) {
      const truth = await readTruth(users, conversations)
      if (await agrees(seats, truth)) {
        // Longer than read marks are held back (§8): what a tab has just marked must have reached the server.
        await setTimeout(1_500)
        const later = await readTruth(users, conversations)
        if (seats.every(well) && await agrees(seats, later)) return later
      }
    }
    if (performance.now() - begun > healLimit) return readTruth(users, conversations)
    await setTimeout(250)
  }
}

function countOps({ presses }: Books, truth: Truth) {
  const logged = new Set([...truth.logs.values()].flatMap(events => events.map(event => event.cid)))
  const all = [...presses]
  const missing = all.filter(([cid, { refused }]) => !logged.has(cid) && !refused)
  return {
    ops: tally(all.map(([, press]) => press.type)),
    pressed: all.length,
    acknowledged: all.filter(([cid]) => logged.has(cid)).length,
    refused: all.filter(([cid, { refused }]) => refused && !logged.has(cid)).length,
    missing: missing.map(([cid]) => cid),
  }
}

function makeReport(options: ChaosOptions, world: World, episodes: Episodes, truth: Truth, violations: string[], record: Record): ChaosReport {
  const { missing, ...counts } = countOps(world.books, truth)
  const wrongs = countWrongs(violations)
  const named = new Set(violations.flatMap(cidsIn))
  const kinds = [...new Set(episodes.kinds)].sort()
  return {
    seed: options.seed, seconds: Math.round(record.now() / 1_000), clients: options.clients, tabs: options.tabs,
    accounts: world.users.length, conversations: world.conversations.length,
    ...counts,
    unkept: missing.filter(cid => !named.has(cid)).length,
    faults: tally(episodes.kinds),
    ...wrongs,
    healed: quantiles(episodes.healed.map(({ ms }) => ms)),
    healedByKind: Object.fromEntries(kinds.map(kind => [kind, quantiles(episodes.healed.filter(episode => episode.kinds.includes(kind)).map(({ ms }) => ms))])),
    violations,
    traces: Object.fromEntries([...named].map(cid => [cid, record.traceOf(cid)])),
  }
}

/**
 * Minutes of mixed faults on the built server, judged by the oracle.
 *
 * @throws Error when the world cannot be set up; whatever the faults break is in the report
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const shape: Shape = { clients: options.clients, tabs: options.tabs, devices: devicesOf(options.clients, options.tabs) }
  const record = createRecord(options.print)
  const world = await createWorld(shape, record)
  try {
    const { arena: { seats }, books } = world
    if (await heal(world) === undefined) throw new Error(`before the first fault: ${sick(seats)}`)
    record.note('everybody is online')
    const talks = seats.map((seat) => {
      const random = createRandom(`chaos/${options.seed}/${seat.name}`)
      return talk(seat, [...world.conversationsOf(seat.account).keys()], random, pace, error => record.note(`${seat.name} could not: ${String(error).split('\n')[0]}`))
    })
    const episodes = await suffer(world, shape, options)
    await Promise.all(talks.map(talk => talk.stop()))
    record.note('no more faults, nobody writes any more')
    const truth = await quiet(world)
    for (const seat of seats) await seat.finish()
    return makeReport(options, world, episodes, truth, [...books.oracle.judge(truth)], record)
  }
  finally {
    await world.dispose()
  }
}
