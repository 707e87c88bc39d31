import type { Browser } from 'playwright-core'
import type { ConversationSummary } from '#parley/shared/model.ts'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'
import { FaultProxy } from '#parley/tests/helpers/fault-proxy.ts'
import { newUser } from '#parley/tests/helpers/http-client.ts'
import { sendText } from '#parley/tests/helpers/op-frames.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'
import { createOracle } from '#parley/tests/helpers/sim/oracle.ts'
import { connect } from '#parley/tests/helpers/socket-client.ts'
import type { User } from '#parley/tests/helpers/truth.ts'
import type { Arena } from '#parley/scripts/chaos/faults.ts'
import { openHeadlessSeat } from '#parley/scripts/chaos/headless-seat.ts'
import type { Record } from '#parley/scripts/chaos/record.ts'
import type { Shape } from '#parley/scripts/chaos/schedule.ts'
import { createBooks } from '#parley/scripts/chaos/seat.ts'
import type { Books, Seat } from '#parley/scripts/chaos/seat.ts'
import { openTabSeat } from '#parley/scripts/chaos/tab-seat.ts'

/** One built server, people with accounts and devices, and a bad network before each device. */
export interface World {
  arena: Arena
  books: Books
  users: readonly User[]
  /** Conversations of an account by id, with their titles in its list. */
  conversationsOf(account: string): ReadonlyMap<string, string>
  conversations: readonly string[]
  /**
   * Has a message sent to everybody over a connection that no fault ever touches.
   * @returns its cid and conversation, once it is acknowledged
   */
  mark(): Promise<{ cid: string, conversation: string }>
  dispose(): Promise<void>
}

/** Devices of a run: one per headless client, one browser for each two tabs, which share its outbox. */
export const devicesOf = (clients: number, tabs: number): number => clients + Math.ceil(tabs / 2)

/** Who owns each device: the first two belong to one account. */
const ownerOf = (device: number) => Math.max(0, device - 1)

interface Running { current: ServerProcess }

function control(running: Running, record: Record): Arena['server'] {
  return {
    async kill(signal) {
      await running.current.kill(signal)
    },
    async restart() {
      running.current = await running.current.restart()
      record.note('the server listens again')
    },
    signal: signal => running.current.signal(signal),
  }
}

/** A group of all, one of every second account, and direct conversations in a chain. */
async function makeConversations(users: readonly User[]): Promise<Map<string, Map<string, string>>> {
  const titles = new Map(users.map(user => [user.account.id, new Map<string, string>()]))
  const group = async (title: string, members: readonly User[]) => {
    const { id } = await members[0]!.group(title, members.slice(1).map(user => user.account.id))
    for (const user of members) titles.get(user.account.id)!.set(id, title)
  }
  await group('everybody', users)
  await group('club', users.filter((_, n) => n % 2 === 0 || n === users.length - 1))
  for (const [n, user] of users.entries()) {
    const other = users[n + 1]
    if (other === undefined) break
    const { conversation: { id } } = await user.need<{ conversation: ConversationSummary }>('POST', '/api/conversations', { kind: 'direct', user: other.account.id })
    titles.get(user.account.id)!.set(id, other.account.displayName)
    titles.get(other.account.id)!.set(id, user.account.displayName)
  }
  return titles
}

function marker(user: User, conversation: string, { oracle }: Books): World['mark'] {
  const witness = oracle.watch(user.account.id, 'marker', 'marker')
  let count = 0
  return async () => {
    const op = sendText(conversation, `mark ${++count}`)
    const socket = await connect(user)
    witness.pressed(op)
    socket.send(op)
    const { seq } = await socket.next('ack', ack => ack.cid === op.cid)
    oracle.acknowledged(user.account.id, { cid: op.cid, conversation, seq })
    await socket.close()
    return { cid: op.cid, conversation }
  }
}

interface Seating { shape: Shape, users: readonly User[], networks: readonly FaultProxy[], titles: Map<string, Map<string, string>>, books: Books }

async function seatHeadless({ shape, users, networks, titles, books }: Seating): Promise<Seat[]> {
  const seats: Seat[] = []
  for (let n = 0; n < shape.clients; n++) {
    const user = users[ownerOf(n)]!
    seats.push(await openHeadlessSeat(`client${n}`, [...titles.get(user.account.id)!.keys()], books, { origin: networks[n]!.url, account: user.account, cookie: user.cookie }))
  }
  return seats
}

async function seatTabs(browser: Browser, { shape, users, networks, titles, books }: Seating): Promise<Seat[]> {
  const seats: Seat[] = []
  for (let device = shape.clients; device < shape.devices; device++) {
    const user = users[ownerOf(device)]!
    const base = networks[device]!.url
    const context = await browser.newContext({ locale: 'en-GB' })
    const [name = '', value = ''] = user.cookie.split(/=(.*)/s)
    await context.addCookies([{ name, value, url: base }])
    for (let tab = 0; tab < 2 && seats.length < shape.tabs; tab++) {
      seats.push(await openTabSeat({ name: `tab${seats.length}`, account: user.account, context, base, titles: titles.get(user.account.id)!, books }))
    }
  }
  return seats
}

/** Starts everything and waits for nothing: whoever runs it waits until all are online. */
export async function createWorld(shape: Shape, record: Record): Promise<World> {
  const running: Running = { current: await startServer() }
  const browser = shape.tabs > 0 ? await launchBrowser() : undefined
  const users: User[] = []
  for (let n = 0; n <= ownerOf(shape.devices - 1); n++) users.push(await newUser(running.current.url, `person${n}`))
  const titles = await makeConversations(users)
  const networks: FaultProxy[] = []
  for (let n = 0; n < shape.devices; n++) networks.push(await FaultProxy.listen(running.current.port))
  const books = createBooks(createOracle(), record)
  const seating: Seating = { shape, users, networks, titles, books }
  const seats = [...await seatHeadless(seating), ...browser ? await seatTabs(browser, seating) : []]
  const conversations = [...new Set([...titles.values()].flatMap(own => [...own.keys()]))]
  return {
    arena: { networks, seats, server: control(running, record) },
    books, users,
    conversationsOf: account => titles.get(account)!,
    conversations,
    mark: marker(users[0]!, conversations[0]!, books),
    async dispose() {
      for (const seat of seats) await seat.dispose()
      await browser?.close()
      for (const network of networks) await network.close()
      await running.current.dispose()
    },
  }
}
