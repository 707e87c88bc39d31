import { expect, onTestFinished } from 'vitest'
import { FaultProxy } from '#parley/tests/helpers/fault-proxy.ts'
import { HeadlessClient } from '#parley/tests/helpers/headless-client.ts'
import type { HeadlessOptions } from '#parley/tests/helpers/headless-client.ts'
import { newUser } from '#parley/tests/helpers/http-client.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerOptions, ServerProcess } from '#parley/tests/helpers/server-process.ts'
import { createOracle } from '#parley/tests/helpers/sim/oracle.ts'
import type { Oracle } from '#parley/tests/helpers/sim/oracle.ts'
import { readTruth } from '#parley/tests/helpers/truth.ts'
import type { User } from '#parley/tests/helpers/truth.ts'

export interface FaultWorld {
  server: ServerProcess
  proxy: FaultProxy
  oracle: Oracle
  users: User[]
  /** The group in which all of them are. */
  room: string
  /** A page of the user of this number, through the proxy, with the room on screen and online. */
  page(user?: number, options?: Partial<HeadlessOptions>): Promise<HeadlessClient>
  /** As `page`, not waited for: it may never come online. */
  begin(user?: number, options?: Partial<HeadlessOptions>): Promise<HeadlessClient>
  /** Starts the server again where it was, and remembers to end it. */
  restart(options?: ServerOptions): Promise<void>
  /** Waits until every page agrees with the log, and has the oracle judge all that was shown. */
  judge(): Promise<void>
}

/** One server behind one fault proxy, people with accounts, and a room for all of them. */
export async function faultWorld(names: readonly string[], options: ServerOptions & { factor?: number } = {}): Promise<FaultWorld> {
  const { factor = 1, ...rest } = options
  const env = { NUXT_RATE_LIMIT: '0', ...(factor === 1 ? {} : { PARLEY_TIME_FACTOR: String(factor) }), ...options.env }
  const server = await startServer({ build: factor === 1 ? 'production' : 'test', ...rest, env })
  const proxy = await FaultProxy.listen(server.port)
  const users: User[] = []
  for (const name of names) users.push(await newUser(server.url, name))
  const { id: room } = await users[0]!.group('room', users.slice(1).map(user => user.account.id))
  const pages: HeadlessClient[] = []
  const oracle = createOracle()
  const world: FaultWorld = {
    server, proxy, oracle, users, room,
    async begin(number = 0, changes = {}) {
      const { account, cookie } = users[number]!
      const page = await HeadlessClient.start({ origin: proxy.url, account, cookie, factor, oracle, ...changes })
      pages.push(page)
      page.open(room)
      return page
    },
    async page(number = 0, changes = {}) {
      const page = await world.begin(number, changes)
      await page.untilOnline()
      await page.until(() => page.client.timeline(room).status === 'ready', 'the room on screen')
      return page
    },
    async restart(again = {}) {
      world.server = await world.server.restart(again)
    },
    async judge() {
      const truth = await readTruth(users, [room])
      const head = truth.logs.get(room)?.length ?? 0
      const live = pages.filter(page => !page.gone)
      for (const page of live) await page.until(() => page.online && page.client.pending() === 0 && page.client.conversation(room)?.head === head, 'agreement with the log')
      for (const page of live) page.finish()
      expect(oracle.judge(truth)).toEqual([])
    },
  }
  onTestFinished(async () => {
    for (const page of pages) page.dispose()
    await proxy.close()
    await world.server.dispose()
  })
  return world
}
