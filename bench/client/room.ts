import { setImmediate, setTimeout } from 'node:timers/promises'
import { makeCid } from '#parley/shared/cid.ts'
import type { Content } from '#parley/shared/model.ts'
import { newUser } from '#parley/tests/helpers/http-client.ts'
import type { HttpClient } from '#parley/tests/helpers/http-client.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'
import { createSeededRandom } from '#parley/tests/helpers/seeded-random.ts'
import { connect } from '#parley/tests/helpers/socket-client.ts'
import type { SocketClient } from '#parley/tests/helpers/socket-client.ts'

export type User = Awaited<ReturnType<typeof newUser>>

/** A server with one large room and a small one beside it, people who write, and one who only reads. */
export interface Room {
  server: ServerProcess
  reader: HttpClient & { username: string }
  /** Ids of the conversations. */
  large: string
  small: string
  /** Sends messages in equal steps of time, from the intended moment on; resolves when all are acknowledged. */
  send(perSecond: number, seconds: number): Promise<SendReport>
  close(): Promise<void>
}

export interface SendReport {
  sent: number
  /** Ms from the first send to the last acknowledgement. */
  took: number
}

/** Not too even and not too wild: what people type, by shares. */
function text(random: () => number, number: number): string {
  const share = random()
  if (share < 0.55) return `message ${number}: short and to the point`
  if (share < 0.8) return `message ${number}: ${'a sentence of middling length follows the last one. '.repeat(1 + Math.floor(random() * 3))}`
  if (share < 0.9) return `message ${number}\nwith some\nlines of\ntext ${'and more '.repeat(Math.floor(random() * 20))}`
  if (share < 0.95) return `message ${number} see https://example.org/${number}/a-long-path-that-has-to-break-somewhere?q=${'x'.repeat(Math.floor(random() * 60))}`
  return `message ${number}: ${'many words fill many lines of a long message. '.repeat(8 + Math.floor(random() * 30))}`
}

function mixed(random: () => number, number: number): Content {
  const share = random()
  if (share > 0.03) return { type: 'text', text: text(random, number) }
  return { type: 'custom', name: 'bench.card', data: { number }, text: `card ${number}` }
}

/** A writer that keeps at most 64 ops unanswered (S7). */
class Writer {
  readonly #socket: SocketClient
  readonly #conversation: string
  #unanswered = 0
  acknowledged = 0
  readonly #queue: object[] = []

  constructor(socket: SocketClient, conversation: string) {
    this.#socket = socket
    this.#conversation = conversation
    socket.socket.on('message', data => this.#hear(String(data)))
  }

  get backlog(): number {
    return this.#queue.length + this.#unanswered
  }

  put(op: object): void {
    this.#queue.push({ cid: makeCid(crypto.getRandomValues(new Uint8Array(16)), Date.now()), conversation: this.#conversation, ...op })
    this.#pump()
  }

  #pump(): void {
    // 24 of the longest messages stay below 64 KiB (T4).
    const room = Math.min(64 - this.#unanswered, this.#queue.length, 24)
    if (room <= 0) return
    this.#unanswered += room
    this.#socket.send(...this.#queue.splice(0, room))
    this.#pump()
  }

  #hear(data: string): void {
    this.#socket.frames.length = 0
    const heard = JSON.parse(data) as { type: string } | { type: string }[]
    for (const { type } of Array.isArray(heard) ? heard : [heard]) {
      if (type === 'reject') throw new Error(`an op of the bench was rejected: ${data.slice(-200)}`)
      if (type !== 'ack') continue
      this.#unanswered--
      this.acknowledged++
    }
    this.#pump()
  }
}

const idle = async (writers: readonly Writer[]): Promise<void> => {
  while (writers.some(writer => writer.backlog > 0)) await setTimeout(2)
}

/** @param count messages in the large room, of all kinds that a timeline shows */
async function fill(writer: readonly Writer[], count: number): Promise<void> {
  const random = createSeededRandom(9).next
  const progress = Math.max(1, Math.floor(count / 5))
  let made = 0
  while (made < count) {
    // A person writes one to four messages before another answers.
    const who = writer[Math.floor(random() * writer.length)]!
    for (let run = 0; run < 1 + Math.floor(random() * 4) && made < count; run++) {
      // Every event of this room so far is a message.
      const stored = writer.reduce((sum, one) => sum + one.acknowledged, 0)
      const replyTo = random() < 0.05 && stored > 200 ? { replyTo: stored - Math.floor(random() * 200) } : {}
      who.put({ type: 'send', content: mixed(random, made), ...replyTo })
      made++
      if (made % progress === 0) console.log(`  ${made} messages`)
    }
    if (writer.reduce((sum, one) => sum + one.backlog, 0) > 600) await setImmediate()
    while (writer.reduce((sum, one) => sum + one.backlog, 0) > 2_000) await setTimeout(1)
  }
  await idle(writer)
}

async function stream(writers: readonly Writer[], perSecond: number, seconds: number): Promise<SendReport> {
  const random = createSeededRandom(99).next
  const begun = performance.now()
  const total = perSecond * seconds
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.floor((performance.now() - begun) * perSecond / 1_000))
    for (; sent < due; sent++) writers[Math.floor(random() * writers.length)]!.put({ type: 'send', content: { type: 'text', text: text(random, sent) } })
    await setTimeout(1)
  }
  await idle(writers)
  return { sent: total, took: performance.now() - begun }
}

/** Starts a server and fills a room over its own sockets. Limits are out of reach by settings, not switched off. */
export async function openRoom(messages: number): Promise<Room> {
  const server = await startServer({ env: { NUXT_RATE_LIMIT: '1000000', NUXT_MAX_CONNECTIONS_PER_USER: '1000', NUXT_MAX_CONNECTIONS_PER_IP: '100000' } })
  const reader = await newUser(server.url, 'reader')
  const people: User[] = []
  for (const name of ['amara', 'bengt', 'chiara', 'dmitri', 'eun']) people.push(await newUser(server.url, name))
  const ids = people.map(person => person.account.id)
  const { id: large } = await people[0]!.group('Large room', [reader.account.id, ...ids.slice(1)])
  const { id: small } = await people[0]!.group('Small room', [reader.account.id, ...ids.slice(1)])
  const sockets = await Promise.all(people.map(person => connect(person)))
  const writers = sockets.map(socket => new Writer(socket, large))
  const aside = new Writer(await connect(people[0]!), small)
  for (let number = 0; number < 60; number++) aside.put({ type: 'send', content: { type: 'text', text: `small talk ${number}` } })
  await fill(writers, messages)
  await idle([aside])
  return {
    server, large, small,
    reader: Object.assign(reader, { username: 'reader' }),
    send: (perSecond, seconds) => stream(writers, perSecond, seconds),
    async close() {
      for (const { socket } of sockets) socket.terminate()
      await server.dispose()
    },
  }
}
