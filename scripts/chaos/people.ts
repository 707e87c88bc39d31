import { setTimeout } from 'node:timers/promises'
import type { MessageRow, TimelineSnapshot } from '#parley/client/types.ts'
import type { Content } from '#parley/shared/model.ts'
import type { SeededRandom } from '#parley/tests/helpers/sim/random.ts'
import type { Seat } from '#parley/scripts/chaos/seat.ts'

type Sent = MessageRow & { seq: number }

const words = ['到了吗', 'on my way', '好的', 'see the plan', '稍等', 'done', 'why not', '一起吃饭']
const emojis = ['👍', '❤️', '😂']

const sentRows = (snapshot: TimelineSnapshot | undefined): Sent[] =>
  (snapshot?.rows ?? []).filter((row): row is Sent => row.kind === 'message' && row.seq !== undefined && row.deletedAt === undefined)

interface Scene { seat: Seat, random: SeededRandom, conversation: string, rows: Sent[], count: () => number }

type Act = (scene: Scene) => Promise<void>

const text = ({ random, seat, count }: Scene): Content => ({ type: 'text', text: `${random.pick(words)} ${seat.name} ${count()}` })

const send: Act = async scene => scene.seat.press({ type: 'send', conversation: scene.conversation, content: text(scene) })

/** Several in a breath: what pipelining and order are about. */
const burst: Act = async (scene) => {
  for (let left = scene.random.between(3, 8); left > 0; left--) await send(scene)
}

const edit: Act = async (scene) => {
  const own = scene.rows.filter(row => row.mine).slice(-6)
  if (own.length > 0) await scene.seat.press({ type: 'edit', conversation: scene.conversation, target: scene.random.pick(own).seq, content: text(scene) })
}

const remove: Act = async ({ seat, random, conversation, rows }) => {
  const own = rows.filter(row => row.mine).slice(-8)
  if (own.length > 0) await seat.press({ type: 'delete', conversation, target: random.pick(own).seq })
}

const react: Act = async ({ seat, random, conversation, rows }) => {
  if (rows.length > 0) await seat.press({ type: 'react', conversation, target: random.pick(rows.slice(-5)).seq, emoji: random.pick(emojis), on: random.chance(0.7) })
}

const read: Act = async ({ seat, random, conversation, rows }) => {
  if (rows.length > 0) await seat.read(conversation, random.pick(rows.slice(-3)).seq)
}

const acts: readonly (readonly [number, Act])[] = [[50, send], [6, burst], [10, edit], [5, remove], [12, react], [10, read]]

export interface Talk {
  /** Resolves when the last act is over. */
  stop(): Promise<void>
}

/**
 * Somebody who uses a seat: one act after the other, in one of its conversations.
 * @param pace ms between two acts, on average
 * @param failed told about acts that the page of the moment did not carry out
 */
export function talk(seat: Seat, conversations: readonly string[], random: SeededRandom, pace: number, failed: (error: unknown) => void): Talk {
  const ending = new AbortController()
  let said = 0
  const life = async () => {
    let conversation = random.pick(conversations)
    while (!ending.signal.aborted) {
      await setTimeout(-Math.log(1 - random.next()) * pace, undefined, { signal: ending.signal }).catch(() => {})
      if (ending.signal.aborted || !seat.usable) continue
      const moves = random.chance(0.2)
      if (moves) conversation = random.pick(conversations)
      const act = random.weighted(acts)
      try {
        if (moves) await seat.show(conversation)
        await act({ seat, random, conversation, rows: sentRows(seat.snapshot(conversation)), count: () => ++said })
      }
      catch (error) {
        failed(error)
      }
    }
  }
  const over = life()
  return {
    async stop() {
      ending.abort()
      await over
    },
  }
}
