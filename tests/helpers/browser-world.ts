import type { Browser, BrowserContext, BrowserContextOptions, LaunchOptions } from 'playwright-core'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'
import { OwnBrowser } from '#parley/tests/helpers/own-browser.ts'
import { FaultProxy } from '#parley/tests/helpers/fault-proxy.ts'
import { arrive, Person } from '#parley/tests/helpers/person.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

export type Visitor = Person & { context: BrowserContext }

/** One browser and one server for a file of tests, and a fault proxy for each who wants the network to treat them badly. */
export interface BrowserWorld {
  browser: Browser
  server: ServerProcess
  /** A person on a network of their own: `proxy` is theirs alone. */
  visitor(name: string, options?: BrowserContextOptions): Promise<Visitor & { proxy: FaultProxy }>
  /** A person whose browser is a process of its own, in which pages can really be hidden, frozen and discarded. */
  owner(name: string): Promise<Visitor & { proxy: FaultProxy, own: OwnBrowser }>
  /** Two people who are talking already: the first has said "hello" and both see it. */
  pair(first: Visitor, second: Visitor): Promise<void>
  close(): Promise<void>
}

/** @param factor of the server's time; 1 runs what users run */
export async function openWorld(options: { factor?: number, launch?: LaunchOptions, env?: Record<string, string> } = {}): Promise<BrowserWorld> {
  const factor = options.factor ?? 1
  const env = { NUXT_RATE_LIMIT: '0', ...options.env, ...(factor === 1 ? {} : { PARLEY_TIME_FACTOR: String(factor) }) }
  const [browser, server] = await Promise.all([launchBrowser(options.launch), startServer({ build: factor === 1 ? 'production' : 'test', env })])
  const proxies: FaultProxy[] = []
  const owned: OwnBrowser[] = []
  return {
    browser, server,
    async visitor(name, context) {
      const proxy = await FaultProxy.listen(server.port)
      proxies.push(proxy)
      const person = Object.assign(await arrive(browser, proxy.url, name, context), { proxy })
      return person
    },
    async owner(name) {
      const proxy = await FaultProxy.listen(server.port)
      proxies.push(proxy)
      const own = await OwnBrowser.start()
      owned.push(own)
      return Object.assign(new Person(name, await own.openWindow(), proxy.url), { proxy, own, context: own.context })
    },
    async pair(first, second) {
      await first.authenticate('register')
      await second.authenticate('register')
      await first.startDirect(second.name)
      await first.say('hello')
      await second.open(first.name)
      await second.sees('hello')
    },
    async close() {
      await Promise.all([browser, ...owned].map(each => each.close()))
      for (const proxy of proxies) await proxy.close()
      await server.dispose()
    },
  }
}
