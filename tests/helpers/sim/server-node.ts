import { ChatServer } from '#parley/server/chat/chat-server.ts'
import type { ChatService, SessionHandle } from '#parley/server/chat/chat-service.ts'
import type { ChatSettings } from '#parley/server/chat/context.ts'
import type { Backplane } from '#parley/server/chat/backplane-port.ts'
import type { Identity, ServerSocket, Store } from '#parley/server/chat/ports.ts'
import { decodeServerMessage } from '#parley/shared/protocol/index.ts'
import type { LossyBackplane } from '#parley/tests/helpers/sim/lossy-backplane.ts'
import type { LossyLink } from '#parley/tests/helpers/sim/lossy-link.ts'
import type { Oracle } from '#parley/tests/helpers/sim/oracle.ts'
import { createPushOrder } from '#parley/tests/helpers/sim/push-order.ts'
import { createProcessStore } from '#parley/tests/helpers/sim/process-store.ts'
import type { DiskWeather } from '#parley/tests/helpers/sim/process-store.ts'
import type { SeededRandom } from '#parley/tests/helpers/sim/random.ts'
import type { Trace } from '#parley/tests/helpers/sim/trace.ts'
import type { VirtualTime } from '#parley/tests/helpers/sim/virtual-time.ts'

export type KillPoint = 'now' | 'before-commit' | 'after-commit' | 'before-ack' | 'after-ack' | 'before-publish'

/** Wall-clock time at which every simulation begins: UUIDv7 and `at` need a plausible year, and a replay needs the same one. */
export const epochStart = Date.UTC(2026, 0, 5, 8)

/** One server: a process that may be killed at any point and booted again over the same store, with all its memory lost. */
export interface ServerNode {
  readonly name: string
  /** The running process; undefined while the node is down. */
  readonly process: ServerProcess | undefined
  boot(): void
  /** Stops it, and keeps it stopped until it is released: nobody may run on a store that is being replaced. */
  hold(): void
  release(): void
  /** Kills at the next time the point is passed. `machine`: the kernel goes too, nobody hears of it. */
  kill(point: KillPoint, how: 'process' | 'machine'): void
  /** Takes back a kill whose point was not passed. */
  disarm(): void
  /** SIGTERM: drains, then is down (L5). */
  drain(): Promise<void>
  /** Ms that the node's wall clock is wrong by. */
  clockError: number
}

export interface ServerProcess {
  readonly service: ChatService
  /** Seats an accepted upgrade. */
  connect(link: LossyLink, identity: Identity): void
  /** Runs `task` if the process dies; @returns what takes that back. */
  onDeath(task: () => void): () => void
}

/** Doors for planted bugs: what stands between the real parts is wrapped, the parts themselves stay as they are. */
export interface NodeDoors {
  store?: (store: Store, process: { alive: () => boolean, time: VirtualTime }) => Store
  backplane?: (backplane: Backplane) => Backplane
  socket?: (socket: ServerSocket) => ServerSocket
}

export interface NodeOptions {
  name: string
  time: VirtualTime
  random: SeededRandom
  trace: Trace
  oracle: Oracle
  /** The store that stands now. */
  store: () => Store
  weather: DiskWeather
  backplane: LossyBackplane
  settings: ChatSettings
  doors: NodeDoors
  /** Events committed so far in a conversation, and the notice of one more. */
  committed: { count: (conversation: string) => number, add: (conversation: string) => void }
}

/** Messages that the oracle must know of; the others need not be parsed. */
const told = /"type":"(?:ack|event|page|reject|welcome|heads|conversation|removed|status)"/

export function createServerNode(options: NodeOptions): ServerNode {
  const { name, time, random, trace, oracle } = options
  const note = (what: string) => trace.add(name, what)
  let boots = 0
  let running: { process: ServerProcess, die: (how: 'process' | 'machine') => void, drain: () => Promise<void> } | undefined
  let held = false
  let armed: { point: KillPoint, how: 'process' | 'machine' } | undefined

  const passed = (point: KillPoint) => {
    if (armed?.point !== point) return
    note(`killed ${point}`)
    trace.count(`kill: ${point}`)
    const { how } = armed
    armed = undefined
    running?.die(how)
  }

  const boot = () => {
    if (running || held) return
    const draw = random.fork(`boot ${++boots}`)
    let alive = true
    const links = new Set<LossyLink>()
    const timers = new Set<() => void>()
    const mourners = new Set<() => void>()
    const clock = {
      now: () => epochStart + Math.floor(time.now()) + node.clockError,
      monotonic: () => time.now(),
      timer(task: () => void, ms: number) {
        const cancel = time.after(ms, () => {
          timers.delete(cancel)
          if (alive) task()
        })
        timers.add(cancel)
        return () => {
          timers.delete(cancel)
          cancel()
        }
      },
    }
    const processStore = createProcessStore(options.store(), {
      time, random: draw.fork('store'), weather: options.weather, alive: () => alive, killPoint: passed, count: trace.count,
      committed: (conversation, { event }) => {
        options.committed.add(conversation)
        if (event.kind === 'member') trace.count(`member: ${event.change}`)
        if (event.kind === 'meta') trace.count(event.pin ? `pin: ${event.pin.on ? 'on' : 'off'}` : 'described anew')
        note(`commit ${conversation}#${event.seq} ${event.kind} of ${event.sender} ${event.cid.slice(-6)}`)
      },
    })
    const store = options.doors.store?.(processStore, { alive: () => alive, time }) ?? processStore
    const seat = options.backplane.join(() => passed('before-publish'))
    const log = (level: string) => (message: string, fields?: Record<string, unknown>) => {
      trace.count(`log: ${message}`)
      note(`${level} ${message} ${fields ? JSON.stringify(fields) : ''}`)
    }
    const service = new ChatServer({
      store, clock, node: `${name}.${boots}`, settings: options.settings, backplane: options.doors.backplane?.(seat) ?? seat,
      random: { next: () => draw.next(), id: () => draw.uuid(), cid: () => draw.uuid() },
      log: { debug: () => {}, info: log('info'), warn: log('warn'), error: log('error') },
    })

    const tapped = (socket: ServerSocket, user: string, inOrder = createPushOrder(violation => oracle.fault(`${violation} (${user})`))): ServerSocket => ({
      send(message) {
        if (!alive) return
        const { text } = message
        const acks = text.includes('"type":"ack"')
        if (acks) passed('before-ack')
        if (!alive) return
        tell(text, user, inOrder)
        socket.send(message)
        if (acks) passed('after-ack')
      },
      close(code, reason) {
        trace.count(`close: ${code}`)
        socket.close(code, reason)
      },
      terminate: () => socket.terminate(),
      get bufferedAmount() { return socket.bufferedAmount },
      pause: () => socket.pause(),
      resume: () => socket.resume(),
    })

    const tell = (text: string, user: string, inOrder: ReturnType<typeof createPushOrder>) => {
      if (!told.test(text)) return
      for (const frame of decodeServerMessage(text)) {
        inOrder(frame)
        if (frame.type === 'ack') oracle.acknowledged(user, frame)
        if (frame.type === 'reject') oracle.rejected(frame.cid)
        if (frame.type === 'event') oracle.pushed(user, frame.conversation, frame.event.seq, options.committed.count(frame.conversation))
        for (const { sender, cid } of frame.type === 'event' ? [frame.event] : frame.type === 'page' ? frame.events : []) if (sender === user) oracle.handed(user, cid)
        if (frame.type === 'page') trace.count(frame.reset ? 'page: reset' : 'page')
        // Heads after the welcome's are what ends a lag (L3).
        if (frame.type === 'heads') trace.count('lag: ended by heads')
        if (frame.type === 'status') trace.count(`status: ${frame.store}`)
      }
    }

    running = {
      process: {
        service,
        connect(link, identity) {
          links.add(link)
          link.accept({
            message: (text) => {
              if (alive) session.receive(text)
            },
            closed: () => {
              links.delete(link)
              if (alive) session.closed()
            },
          })
          const socket = tapped(link.server, identity.user.id)
          const session: SessionHandle = service.accept(options.doors.socket?.(socket) ?? socket, identity)
        },
        onDeath(task) {
          mourners.add(task)
          return () => mourners.delete(task)
        },
      },
      die(how) {
        alive = false
        running = undefined
        for (const cancel of timers) cancel()
        for (const link of links) link.serverGone(how)
        for (const task of mourners) task()
        void seat.close()
      },
      async drain() {
        await service.drain()
        if (alive) this.die('process')
      },
    }
    note('booted')
  }

  const node: ServerNode = {
    name,
    get process() { return running?.process },
    boot,
    kill(point, how) {
      if (!running) return
      armed = { point, how }
      passed('now')
    },
    hold() {
      armed = undefined
      held = true
      running?.die('process')
    },
    release() {
      held = false
      boot()
    },
    disarm() {
      armed = undefined
    },
    async drain() {
      note('SIGTERM')
      await running?.drain()
      note('drained')
    },
    clockError: 0,
  }
  return node
}
