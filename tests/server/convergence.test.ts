import { describe, expect, it } from 'vitest'
import { createMemoryBus } from '#parley/server/backplane/memory-bus.ts'
import type { ChatServer } from '#parley/server/chat/chat-server.ts'
import type { ServerFrame } from '#parley/shared/protocol/index.ts'
import { settle } from '#parley/tests/helpers/manual-clock.ts'
import { createSeededRandom } from '#parley/tests/helpers/seeded-random.ts'
import { ServerHarness } from '#parley/tests/helpers/server-harness.ts'
import type { SocketPair } from '#parley/tests/helpers/socket-pair.ts'

/** A client that holds the server to its word: per connection, every event once, in order, without holes (O3, R1, O6). */
class Watcher {
  readonly user: string
  readonly pair: SocketPair
  /** Undefined: told of the conversation, no event yet. */
  readonly cursors = new Map<string, number | undefined>()
  readonly heads = new Map<string, number>()
  #read = 0

  constructor(user: string, pair: SocketPair) {
    this.user = user
    this.pair = pair
  }

  check(): void {
    for (const frame of this.pair.frames.slice(this.#read)) this.#take(frame)
    this.#read = this.pair.frames.length
  }

  #take(frame: ServerFrame): void {
    if (frame.type === 'welcome' || frame.type === 'heads') {
      for (const [conversation, [head]] of Object.entries(frame.heads)) this.cursors.set(conversation, head)
    }
    if (frame.type === 'ping') this.pair.send({ type: 'pong' })
    if (frame.type === 'conversation' && !this.cursors.has(frame.conversation.id)) {
      this.cursors.set(frame.conversation.id, undefined)
      this.heads.set(frame.conversation.id, frame.conversation.head)
    }
    if (frame.type === 'removed') this.cursors.delete(frame.conversation)
    if (frame.type !== 'event') return
    if (!this.cursors.has(frame.conversation)) throw new Error(`${this.user}: event ${frame.event.seq} of a conversation that it is not in`)
    const cursor = this.cursors.get(frame.conversation)
    if (cursor !== undefined && frame.event.seq !== cursor + 1) throw new Error(`${this.user}: event ${frame.event.seq} after ${cursor}`)
    this.cursors.set(frame.conversation, frame.event.seq)
  }
}

const users = ['ana', 'ben', 'cleo']

/** One world of two nodes, in which anything may happen at any step. */
async function run(seed: number) {
  const random = createSeededRandom(seed)
  const harness = new ServerHarness({ settings: { budgets: { dropEphemeral: 4_096, withhold: 16_384, terminate: 65_536 } } })
  const bus = createMemoryBus({ fate: () => (['deliver', 'deliver', 'lose', 'double', 'hold'] as const)[random.below(5)]! })
  await harness.users(...users)
  const nodes: ChatServer[] = [harness.node('left', bus.connect()), harness.node('right', bus.connect())]
  const groups = [await harness.group('ana', 'ben'), await harness.group('ana', 'cleo')]
  const watchers: Watcher[] = []
  const pick = <T>(list: readonly T[]): T => list[random.below(list.length)]!
  const quietly = (work: Promise<unknown>) => work.catch(() => {})
  let count = 0

  const steps: (() => unknown)[] = [
    () => {
      const user = pick(users)
      watchers.push(new Watcher(user, harness.dial(user, {}, pick(nodes))))
    },
    () => watchers.length > 3 && watchers.splice(random.below(watchers.length), 1)[0]?.pair.drop(),
    () => quietly(pick(nodes).submit(pick(users), harness.op(pick(groups), `${count++}`))),
    () => watchers.length > 0 && pick(watchers).pair.sendBatch(Array.from({ length: 1 + random.below(5) }, () => harness.op(pick(groups), 'x'.repeat(random.below(3_000) + 1)))),
    () => quietly(pick(nodes).addMember('ana', pick(groups), pick(users))),
    () => quietly(pick(nodes).removeMember('ana', pick(groups), pick(['ben', 'cleo']))),
    () => watchers.length > 0 && pick(watchers).pair.stall(),
    () => watchers.forEach(watcher => watcher.pair.unstall()),
    () => bus.release(),
    () => {
      harness.fault = random.below(3) === 0 ? { kind: 'unavailable', status: 'busy' } : undefined
    },
    () => harness.clock.advance(random.below(3_000)),
    () => settle(),
  ]
  for (let step = 0; step < 150; step++) {
    const working = pick(steps)()
    if (random.below(3) === 0) await working
    for (const watcher of watchers) watcher.check()
  }

  harness.fault = undefined
  bus.release()
  for (const watcher of watchers) watcher.pair.unstall()
  for (let i = 0; i < 40; i++) {
    await harness.clock.advance(1_000)
    for (const watcher of watchers) watcher.check()
  }
  for (const { user, pair, cursors, heads } of watchers) {
    if (pair.closed) continue
    const truth = Object.entries(await harness.store.heads(user)).map(([conversation, [head]]) => [conversation, head])
    const held = [...cursors].map(([conversation, cursor]) => [conversation, cursor ?? heads.get(conversation)])
    expect(held.toSorted(), `seed ${seed}, ${user}`).toEqual(truth.toSorted())
  }
  for (const node of nodes) node.dispose()
}

describe('two nodes, lossy bus, busy store, slow readers, members that come and go', () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed + 1))('[O3] [O4] [O6] [R1] [R6] every connection ends with the log, in order: seed %i', run)
})
