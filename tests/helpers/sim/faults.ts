import type { Direction } from '#parley/tests/helpers/sim/lossy-link.ts'
import type { DiskWeather } from '#parley/tests/helpers/sim/process-store.ts'
import { fairWeather } from '#parley/tests/helpers/sim/process-store.ts'
import type { LossyBackplane } from '#parley/tests/helpers/sim/lossy-backplane.ts'
import type { Oracle } from '#parley/tests/helpers/sim/oracle.ts'
import type { Page } from '#parley/tests/helpers/sim/page.ts'
import type { SeededRandom } from '#parley/tests/helpers/sim/random.ts'
import type { KillPoint, ServerNode } from '#parley/tests/helpers/sim/server-node.ts'
import type { Trace } from '#parley/tests/helpers/sim/trace.ts'
import type { Vault } from '#parley/tests/helpers/sim/vault.ts'
import type { VirtualTime } from '#parley/tests/helpers/sim/virtual-time.ts'

/** What may be broken, and what is whole again when the trouble is over. */
export interface Breakable {
  time: VirtualTime
  random: SeededRandom
  trace: Trace
  nodes: readonly ServerNode[]
  pages: readonly Page[]
  weather: DiskWeather
  backplane: LossyBackplane
  vault: Vault
  oracle: Oracle
}

/** How often each kind of trouble comes, as weights; 0 switches it off. */
export interface FaultMix {
  link: number
  handshake: number
  network: number
  http: number
  kill: number
  drain: number
  disk: number
  tab: number
  freeze: number
  clock: number
  deviceDisk: number
  /** A tab is discarded, or the data of the site are cleared. */
  siteData: number
  restore: number
}

export const everyFault: FaultMix = { link: 10, handshake: 3, network: 3, http: 2, kill: 3, drain: 1, disk: 3, tab: 3, freeze: 3, clock: 1, deviceDisk: 1, siteData: 2, restore: 1 }
export const noFault: FaultMix = { link: 0, handshake: 0, network: 0, http: 0, kill: 0, drain: 0, disk: 0, tab: 0, freeze: 0, clock: 0, deviceDisk: 0, siteData: 0, restore: 0 }

type Fault = (world: Breakable) => void

const newestLink = (page: Page) => [...page.access.links].at(-1)

const link: Fault = ({ time, random, pages, trace }) => {
  const page = random.pick(pages)
  const broken = newestLink(page)
  if (!broken) return
  const direction = random.pick<Direction>(['up', 'down', 'both'])
  random.weighted<() => void>([
    [4, () => {
      trace.count('link: reset')
      page.note('link reset')
      broken.reset()
    }],
    [3, () => {
      const frames = random.between(0, 4)
      trace.count(`link: cut ${direction === 'both' ? 'down' : direction}`)
      page.note(`link will be cut after ${frames} frames ${direction}`)
      broken.cutAfter(direction === 'both' ? 'down' : direction, frames)
    }],
    [4, () => {
      const ms = random.between(500, 70_000)
      trace.count(`link: half-open ${direction}`)
      page.note(`link stalls ${direction} for ${ms} ms`)
      broken.stall(direction)
      time.after(ms, () => broken.heal())
    }],
    [2, () => {
      const ms = random.between(2_000, 50_000)
      trace.count('link: slow')
      page.note(`link slow for ${ms} ms`)
      broken.throttle(random.between(2, 100) / 100)
      time.after(ms, () => broken.throttle(Infinity))
    }],
  ])()
}

const handshake: Fault = ({ random, pages, trace }) => {
  const page = random.pick(pages)
  const how = random.pick(['refused', 'silent', 'mute', 'bad-ticket'] as const)
  const count = random.between(1, 3)
  trace.count(`handshake: ${how}`)
  page.note(`next ${count} handshakes: ${how}`)
  for (let i = 0; i < count; i++) page.access.handshakes.push(how)
  if (random.chance(0.7)) newestLink(page)?.reset()
}

const network: Fault = ({ time, random, pages, trace }) => {
  const page = random.pick(pages)
  const ms = random.between(1_000, 40_000)
  const how = random.pick(['offline', 'quiet', 'hole', 'captive'] as const)
  trace.count(`network: ${how}`)
  page.note(`network ${how} for ${ms} ms`)
  const links = [...page.access.links]
  // A browser does not always know that the network is gone, and some networks lie about being there.
  if (how === 'offline') page.setOnline(false)
  else page.access.state = how === 'quiet' ? 'down' : how
  for (const each of links) {
    if (how === 'offline' || random.chance(0.5)) each.stall('both')
    else each.reset()
  }
  time.after(ms, () => {
    if (how === 'offline') page.setOnline(true)
    page.access.state = 'up'
    for (const each of links) if (random.chance(0.5)) each.heal()
  })
}

const http: Fault = ({ time, random, pages, trace }) => {
  const page = random.pick(pages)
  if (random.chance(0.3)) {
    trace.count('http: busy')
    page.access.busyTickets.push(random.between(100, 8_000))
    newestLink(page)?.reset()
    return
  }
  trace.count('http: fails')
  page.note('http calls fail')
  page.access.httpLoss = random.pick([0.3, 0.7, 1])
  time.after(random.between(1_000, 20_000), () => {
    page.access.httpLoss = 0
  })
}

const kill: Fault = ({ time, random, nodes }) => {
  const node = random.pick(nodes)
  if (!node.process) return
  const point = random.pick<KillPoint>(['now', 'before-commit', 'after-commit', 'before-ack', 'after-ack', 'before-publish'])
  node.kill(point, random.chance(0.3) ? 'machine' : 'process')
  // A kill point that nobody passes is a node that lives on.
  const down = random.between(300, 12_000)
  const reboot = () => {
    if (node.process) time.after(500, reboot)
    else time.after(down, () => node.boot())
  }
  reboot()
}

const drain: Fault = ({ time, random, nodes, trace }) => {
  const node = random.pick(nodes)
  if (!node.process || node.process.service.draining) return
  trace.count('drain')
  void node.drain().then(() => time.after(random.between(200, 5_000), () => node.boot()))
}

const disk: Fault = ({ time, random, trace, weather }) => {
  const ms = random.between(500, 25_000)
  const what = random.pick(['busy', 'full', 'slow', 'unknown', 'unreadable'] as const)
  trace.count(`disk: ${what}`)
  trace.add('disk', `${what} for ${ms} ms`)
  if (what === 'busy' || what === 'full') weather.status = what
  if (what === 'slow') weather.commit = random.between(50, 4_000)
  if (what === 'unknown') weather.unknown = 0.3
  if (what === 'unreadable') weather.readError = 0.2
  time.after(ms, () => {
    const { keepEvents } = weather
    Object.assign(weather, fairWeather(), { keepEvents })
  })
}

const tab: Fault = ({ random, pages, trace }) => {
  const how = random.chance(0.6) ? 'reload' : 'crash'
  trace.count(`tab: ${how}`)
  random.pick(pages).restart(how)
}

const freeze: Fault = ({ time, random, pages, trace }) => {
  const page = random.pick(pages)
  const ms = random.between(1_000, 80_000)
  if (random.chance(0.4)) {
    trace.count('tab: hidden')
    page.note(`hidden for ${ms} ms`)
    page.hide(true, random.pick([1_000, 60_000]))
    time.after(ms, () => page.hide(false, 1))
    return
  }
  if (page.life.frozen) return
  trace.count('tab: frozen')
  page.freeze()
  const { life } = page
  time.after(ms, () => {
    if (page.life === life) page.thaw()
  })
}

const hour = 3_600_000
const clock: Fault = ({ random, nodes, pages, trace }) => {
  const jump = random.pick([-24 * hour, -hour, -5_000, 5_000, hour, 24 * hour])
  if (random.chance(0.3)) {
    random.pick(nodes).clockError += jump
    trace.count('clock: node')
    trace.add('clock', `of a node jumps by ${jump} ms`)
    return
  }
  const page = random.pick(pages)
  trace.count('clock: device')
  page.device.clockError += jump
  page.note(`clock jumps by ${jump} ms`)
}

const deviceDisk: Fault = ({ time, random, pages, trace }) => {
  const page = random.pick(pages)
  page.device.failing = random.pick(['quota', 'unavailable'] as const)
  trace.count(`device storage: ${page.device.failing}`)
  page.note(`device storage: ${page.device.failing}`)
  time.after(random.between(1_000, 15_000), () => {
    page.device.failing = undefined
  })
}

const siteData: Fault = ({ time, random, pages, oracle, trace }) => {
  const page = random.pick(pages)
  const how = random.pick(['discarded', 'discarded', 'cleared under open pages', 'cleared while closed'] as const)
  trace.count(`site data: ${how}`)
  page.note(`site data: ${how}`)
  const { device } = page
  const users = pages.filter(other => other.device === device)
  const away = random.between(100, 20_000)
  const close = (closed: readonly Page[]) => {
    for (const each of closed) {
      each.discard()
      time.after(away, () => each.reopen())
    }
  }
  if (how === 'discarded') return close([page])
  if (how === 'cleared while closed') close(users)
  device.clear()
  oracle.deviceCleared(page.user)
}

/** The servers stop, an earlier copy is put in the store's place, and they start on it (F35). */
const restore: Fault = ({ time, random, nodes, vault, oracle, trace }) => {
  if (!vault.backedUp) {
    trace.add('operator', 'makes a backup')
    void vault.backUp()
    time.after(random.between(1_000, 30_000), () => {
      const down = random.between(300, 10_000)
      trace.add('operator', `stops the servers for ${down} ms`)
      for (const node of nodes) node.hold()
      time.after(down, () => void vault.restore().then((past) => {
        oracle.historyReplaced(past)
        trace.add('operator', 'has put the backup back')
        trace.count('backup restored')
        for (const node of nodes) node.release()
      }))
    })
  }
}

const faults: Record<keyof FaultMix, Fault> = { link, handshake, network, http, kill, drain, disk, tab, freeze, clock, deviceDisk, siteData, restore }

/** Starts the trouble: one fault after another, `every` ms apart on average. @returns what ends it (what is broken stays broken) */
export function startFaults(world: Breakable, mix: FaultMix, every: number): () => void {
  const { time, random } = world
  const names = Object.keys(mix) as (keyof FaultMix)[]
  const weights = names.map(name => [mix[name], name] as const)
  if (weights.every(([weight]) => weight === 0)) return () => {}
  let cancel = () => {}
  const next = () => {
    cancel = time.after(-Math.log(1 - random.next()) * every, () => {
      faults[random.weighted(weights)](world)
      next()
    })
  }
  next()
  return () => cancel()
}

/** Makes everything whole: from here on the system has to heal by itself. Clocks stay wrong: nothing may depend on them. */
export function healAll({ nodes, pages, weather, backplane, trace }: Breakable): void {
  trace.add('world', 'trouble is over')
  Object.assign(weather, fairWeather(), { keepEvents: weather.keepEvents })
  backplane.quality = { loss: 0, double: 0, delay: 5 }
  for (const node of nodes) {
    node.disarm()
    node.boot()
  }
  for (const page of pages) {
    page.device.failing = undefined
    page.reopen()
    page.thaw()
    page.hide(false, 1)
    page.access.handshakes = []
    page.access.busyTickets = []
    page.access.httpLoss = 0
    if (page.access.state === 'up') continue
    page.setOnline(true)
  }
}
