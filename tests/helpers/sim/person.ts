import type { MessageRow, Row } from '#parley/client/types.ts'
import type { Content } from '#parley/shared/model.ts'
import type { Network } from '#parley/tests/helpers/sim/network.ts'
import type { Page } from '#parley/tests/helpers/sim/page.ts'
import type { SeededRandom } from '#parley/tests/helpers/sim/random.ts'
import type { VirtualTime } from '#parley/tests/helpers/sim/virtual-time.ts'

/** Who uses a page: does one thing after another, as people do, and only what the screen offers. */
export interface Person {
  stop(): void
}

export interface PersonOptions {
  time: VirtualTime
  random: SeededRandom
  network: Network
  page: Page
  /** Ms between two acts, on average. */
  pace: number
  /** Users who may be invited. */
  others: readonly string[]
}

const emojis = ['👍', '❤️', '😂']
const words = ['到了吗', 'on my way', '好的', 'see the plan', '稍等', 'done', 'why not', '一起吃饭']

type Act = (options: PersonOptions, conversation: string, rows: readonly Row[]) => void

const isOwnSent = (row: Row): row is MessageRow & { seq: number } =>
  row.kind === 'message' && row.mine && row.seq !== undefined && row.deletedAt === undefined
const isSent = (row: Row): row is MessageRow & { seq: number } => row.kind === 'message' && row.seq !== undefined && row.deletedAt === undefined

const calls = ['@alice', '@bob', '@carol', '@all', '@nobody']

function text(random: SeededRandom): Content {
  const called = random.chance(0.1) ? ` ${random.pick(calls)}` : ''
  const body = `${random.pick(words)} ${random.int(10_000)}${called}${random.chance(0.03) ? 'x'.repeat(3_000) : ''}`
  return random.chance(0.05) ? { type: 'custom', name: 'parley.test', data: { count: random.int(100), list: [body] }, text: body } : { type: 'text', text: body }
}

const send: Act = ({ page, random }, conversation, rows) => {
  const quoted = random.chance(0.1) ? rows.findLast(isSent)?.seq : undefined
  page.press({ type: 'send', conversation, content: text(random), ...(quoted === undefined ? {} : { replyTo: quoted }) })
}

/** Several in a breath: what pipelining and order are about. */
const burst: Act = (options, conversation, rows) => {
  const count = options.random.between(3, 8)
  for (let i = 0; i < count; i++) options.time.after(i * options.random.between(0, 60), () => {
    if (options.page.life.alive && !options.page.life.frozen) send(options, conversation, rows)
  })
}

const edit: Act = ({ page, random }, conversation, rows) => {
  const own = rows.filter(isOwnSent)
  if (own.length > 0) page.press({ type: 'edit', conversation, target: random.pick(own.slice(-6)).seq, content: text(random) })
}

const remove: Act = ({ page, random }, conversation, rows) => {
  // What others wrote the leaders of a conversation may delete; the server judges (S8).
  const own = rows.filter(random.chance(0.1) ? isSent : isOwnSent)
  if (own.length > 0) page.press({ type: 'delete', conversation, target: random.pick(own.slice(-8)).seq })
}

const react: Act = ({ page, random }, conversation, rows) => {
  const sent = rows.filter(isSent)
  if (sent.length > 0) page.press({ type: 'react', conversation, target: random.pick(sent.slice(-5)).seq, emoji: random.pick(emojis), on: random.chance(0.7) })
}

const read: Act = ({ page, random }, conversation, rows) => {
  const sent = rows.filter(isSent)
  if (sent.length > 0) page.client.markRead(conversation, random.pick(sent.slice(-3)).seq)
}

/** Failed ops: tried again or dropped. */
const tidy: Act = ({ page, random }, _conversation, rows) => {
  for (const row of rows) {
    if (row.kind !== 'message' || row.state !== 'failed') continue
    if (random.chance(0.5)) {
      page.witness.discarded(row.cid)
      page.client.discard(row.cid)
    }
    else {
      page.witness.retried(row.cid)
      page.client.retry(row.cid)
    }
  }
}

const scroll: Act = ({ page, random }, conversation, rows) => {
  const { client } = page
  const sent = rows.filter(isSent)
  const failed = (error: unknown) => page.note(`scrolling failed: ${String(error)}`)
  random.weighted<() => Promise<void>>([
    [4, () => {
      page.note(`loads older in ${conversation}`)
      return client.loadOlder(conversation)
    }],
    [2, () => {
      page.note(`loads newer in ${conversation}`)
      return client.loadNewer(conversation)
    }],
    [1, () => {
      const seq = sent.length > 0 ? random.between(1, sent.at(-1)!.seq) : 1
      page.note(`jumps to ${seq} in ${conversation}`)
      return client.jumpTo(conversation, seq)
    }],
    [2, () => {
      page.note(`jumps to the present of ${conversation}`)
      return client.jumpToPresent(conversation)
    }],
  ])().catch(failed)
}

const type: Act = ({ page, random }, conversation) => {
  page.client.setTyping(conversation, random.chance(0.7))
  page.client.saveDraft(conversation, random.chance(0.5) ? { text: random.pick(words), savedAt: 0 } : undefined)
}

/** Leaves, or brings somebody back or out; only groups allow it, the server judges. */
const membership: Act = ({ page, network, random, others }, conversation) => {
  if (!conversation.startsWith('club')) return
  const member = random.pick(others)
  void network.call(page, async (service) => {
    if (random.chance(0.2)) await service.changeRole(page.user, conversation, member, random.pick(['admin', 'member', 'owner'] as const))
    else if (random.chance(0.5)) await service.addMember(page.user, conversation, member)
    else await service.removeMember(page.user, conversation, random.chance(0.5) ? page.user : member)
  })
}

/** Pins what is on the screen, or takes away what is pinned, as far as the screen knows (O7); the server judges. */
const pin: Act = ({ page, network, random }, conversation, rows) => {
  const sent = rows.filter(isSent)
  const pins = page.client.conversation(conversation)?.pins ?? []
  const on = pins.length === 0 || random.chance(0.7)
  if (on && sent.length === 0) return
  const { seq } = random.pick<{ seq: number }>(on ? sent.slice(-10) : pins)
  void network.call(page, service => service.reading.pin(page.user, conversation, seq, on))
}

const describe: Act = ({ page, network, random }, conversation) => {
  const said = `${random.pick(words)} ${random.int(100)}`
  void network.call(page, service => service.changeConversation(page.user, conversation, random.chance(0.5) ? { title: said } : { topic: said }))
}

const acts: readonly (readonly [number, Act])[] = [
  [40, send], [8, burst], [9, edit], [5, remove], [12, react], [10, read], [4, tidy], [6, scroll], [4, type], [8, membership], [5, pin], [2, describe],
]

export function createPerson(options: PersonOptions): Person {
  const { time, random, page, pace } = options
  let cancel: (() => void) | undefined
  let stopped = false

  const act = () => {
    if (stopped) return
    cancel = time.after(-Math.log(1 - random.next()) * pace, act)
    if (page.life.frozen || !page.life.alive) return
    const ids = page.client.conversations().map(view => view.id)
    if (ids.length === 0) return
    const conversation = random.pick(ids)
    if (random.chance(0.25)) page.show(conversation)
    random.weighted(acts)(options, conversation, random.chance(0.8) ? page.look(conversation) : [])
  }
  act()
  return {
    stop() {
      stopped = true
      cancel?.()
    },
  }
}
