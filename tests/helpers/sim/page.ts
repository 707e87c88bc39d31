import { createChatClient } from '#parley/client/chat-client.ts'
import type { ClientStorage, Environment, Signal } from '#parley/client/environment.ts'
import type { ChatClient, Row, TimelineSnapshot } from '#parley/client/types.ts'
import type { Op } from '#parley/shared/protocol/index.ts'
import type { Identity } from '#parley/server/chat/ports.ts'
import { issue } from '#parley/tests/helpers/issue-op.ts'
import type { NewOp } from '#parley/tests/helpers/issue-op.ts'
import type { Device } from '#parley/tests/helpers/sim/device.ts'
import { goodAccess } from '#parley/tests/helpers/sim/network.ts'
import type { Access, Network } from '#parley/tests/helpers/sim/network.ts'
import type { LineQuality } from '#parley/tests/helpers/sim/lossy-link.ts'
import type { FinalView, Oracle, Witness } from '#parley/tests/helpers/sim/oracle.ts'
import { createPageLife } from '#parley/tests/helpers/sim/page-life.ts'
import type { PageLife } from '#parley/tests/helpers/sim/page-life.ts'
import type { SeededRandom } from '#parley/tests/helpers/sim/random.ts'
import { epochStart } from '#parley/tests/helpers/sim/server-node.ts'
import type { Trace } from '#parley/tests/helpers/sim/trace.ts'
import type { VirtualTime } from '#parley/tests/helpers/sim/virtual-time.ts'

/** One browser tab with the real client core in it, and the person's eyes on it. */
export interface Page {
  readonly name: string
  readonly user: string
  readonly device: Device
  readonly access: Access
  readonly identity: Identity
  readonly life: PageLife
  readonly client: ChatClient
  readonly witness: Witness
  readonly visible: boolean
  note(what: string): void
  /** The user makes an op; it goes through the oracle's books first. */
  press(op: NewOp): string
  /** Puts a conversation on the screen. */
  show(conversation: string | undefined): void
  /** The rows of a conversation, seen by the witness from now on. */
  look(conversation: string): readonly Row[]
  signal(signal: Signal): void
  /** A new life over the same storage: `reload` tells the page first, `crash` tells nobody. */
  restart(how: 'reload' | 'crash'): void
  /** The process is gone without a word, as when the browser discards a tab; `reopen` brings the page back. */
  discard(): void
  reopen(): void
  freeze(): void
  thaw(): void
  hide(hidden: boolean, throttle: number): void
  setOnline(online: boolean): void
  finalView(): FinalView
}

/** Doors for planted bugs on the client's side: its environment is wrapped, its code is not. */
export interface PageDoors {
  environment?: (environment: Environment) => Environment
  storage?: (storage: ClientStorage) => ClientStorage
}

export interface PageOptions {
  name: string
  identity: Identity
  device: Device
  time: VirtualTime
  random: SeededRandom
  trace: Trace
  oracle: Oracle
  network: Network
  quality: LineQuality
  doors: PageDoors
  /** Notes every view of a timeline. */
  verbose?: boolean
}

const describe = ({ conversation, status, rows, hasOlder, hasNewer, gapBefore }: TimelineSnapshot) =>
  `${conversation} ${status}: ${hasOlder ? '…' : '|'} ${rows.map(row => row.seq ?? ('state' in row ? row.state : '?')).join(' ')} ${hasNewer ? '…' : '|'}${gapBefore === undefined ? '' : ` gap before ${gapBefore}`}`

interface Life { life: PageLife, client: ChatClient, witness: Witness, signals: Set<(signal: Signal) => void>, shown: Set<string> }

export function createPage(options: PageOptions): Page {
  const { name, identity, device, time, trace, oracle, network } = options
  const access = goodAccess(options.quality)
  const user = identity.user.id
  const note = (what: string) => trace.add(name, what)
  let lives = 0
  let visible = true
  let onScreen: string | undefined
  let current: Life

  const environment = (life: PageLife, random: SeededRandom, signals: Life['signals']): Environment => {
    const storage = device.storage(life)
    return {
      now: () => epochStart + Math.floor(time.now()) + device.clockError,
      monotonic: () => time.now(),
      timer: (task, ms) => life.timer(task, ms),
      frame: task => life.timer(task, visible ? 16 : 200),
      random: () => random.next(),
      randomBytes: length => random.bytes(length),
      online: () => access.state !== 'down',
      visible: () => visible,
      onSignal(listener) {
        signals.add(listener)
        return () => signals.delete(listener)
      },
      openSocket: (url, _protocols, handlers) => network.openSocket({ identity, access, life, note }, url, handlers),
      socketUrl: 'ws://parley.test/_ws',
      http: network.http({ identity, access, life, note }),
      storage: options.doors.storage?.(storage) ?? storage,
      channel: channelName => device.channel(life, channelName),
      warn: (message, detail) => note(`warns: ${message} ${detail instanceof Error ? detail.message : ''}`),
    }
  }

  const begin = () => {
    const random = options.random.fork(`life ${++lives}`)
    const life = createPageLife(time)
    const signals: Life['signals'] = new Set()
    const shown = new Set<string>()
    const env = environment(life, random, signals)
    const client = createChatClient({ environment: options.doors.environment?.(env) ?? env, account: identity.user, appname: name })
    const witness = oracle.watch(user, `${name}.${lives}`)
    const see = (conversation: string) => {
      const snapshot = client.timeline(conversation)
      witness.saw(snapshot)
      if (options.verbose) note(`sees ${describe(snapshot)}`)
    }
    current = { life, client, witness, signals, shown }
    client.on((change) => {
      if (change.type === 'timeline' && shown.has(change.conversation)) see(change.conversation)
      if (change.type === 'refused') witness.refused(change.cid)
      if (change.type === 'connection' && change.state.name === 'waiting') trace.count(`connection: ${change.state.cause}`)
      if (change.type === 'notice') trace.count(`notice: ${change.code}`)
      if (change.type === 'connection') note(`is ${change.state.name}${'cause' in change.state ? ` (${change.state.cause})` : ''}`)
      if (change.type === 'notice') note(`notice ${change.code} ${change.conversation ?? ''}`)
    })
    void client.ready().then(() => {
      if (life.alive) client.start()
    })
    visible = true
    if (onScreen !== undefined) page.show(onScreen)
  }

  const end = () => {
    current.life.end()
    current.witness.ended()
    device.forget(current.life)
    for (const link of access.links) link.clientGone('process')
  }

  const page: Page = {
    name,
    user,
    device,
    access,
    identity,
    note,
    get life() { return current.life },
    get client() { return current.client },
    get witness() { return current.witness },
    get visible() { return visible },
    press(op) {
      const { client, witness } = current
      const { failures } = device
      const { cid, stored } = issue(client, op)
      witness.pressed({ ...op, cid } as Op)
      note(`presses ${op.type} ${cid.slice(-6)} in ${op.conversation}${'target' in op ? ` at ${op.target}` : ''}`)
      // What could not be kept settles alike; the core tells that once, by a notice. Everything else is a promise that it is on disk.
      void stored.then(() => {
        if (device.failures === failures) witness.kept(cid)
      })
      if (current.shown.has(op.conversation)) witness.saw(client.timeline(op.conversation))
      return cid
    },
    show(conversation) {
      onScreen = conversation
      current.client.open(conversation)
      if (conversation !== undefined) page.look(conversation)
    },
    look(conversation) {
      current.shown.add(conversation)
      const snapshot = current.client.timeline(conversation)
      current.witness.saw(snapshot)
      return snapshot.rows
    },
    signal(signal) {
      current.life.deliver(() => {
        for (const listener of current.signals) listener(signal)
      })
    },
    restart(how) {
      note(how)
      if (how === 'reload' && !current.life.frozen) page.signal('pagehide')
      end()
      begin()
    },
    discard() {
      note('is discarded')
      end()
    },
    reopen() {
      if (current.life.alive) return
      note('is opened again')
      begin()
    },
    freeze() {
      if (!current.life.alive) return
      note('freezes')
      page.signal('freeze')
      current.life.freeze()
      for (const link of access.links) link.freeze(true)
    },
    thaw() {
      if (!current.life.frozen) return
      note('thaws')
      current.life.thaw()
      page.signal('resume')
      for (const link of access.links) link.freeze(false)
    },
    hide(hidden, throttle) {
      visible = !hidden
      current.life.throttle = hidden ? throttle : 1
      page.signal(hidden ? 'hidden' : 'visible')
    },
    setOnline(online) {
      access.state = online ? 'up' : 'down'
      note(online ? 'has a network' : 'has no network')
      page.signal(online ? 'online' : 'offline')
    },
    finalView() {
      const { client, shown } = current
      return {
        online: client.connection().name === 'online',
        pending: client.pending(),
        timelines: [...shown].map(conversation => client.timeline(conversation)),
        conversations: client.conversations(),
      }
    },
  }
  begin()
  return page
}
