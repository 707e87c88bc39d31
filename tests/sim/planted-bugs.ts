import type { ClientSocket, ClientStorage, Environment } from '#parley/client/environment.ts'
import type { LogEvent } from '#parley/shared/model.ts'
import { TextMessage } from '#parley/server/chat/encoding.ts'
import type { AppendResult, Store } from '#parley/server/chat/ports.ts'
import { everyFault, noFault } from '#parley/tests/helpers/sim/faults.ts'
import type { WorldPlan } from '#parley/tests/helpers/sim/world.ts'

/**
 * Mistakes that a server, a store, a browser or a client core could make, put between the real parts of a world. Each must be caught,
 * or the simulation shows green for want of teeth.
 */
export interface PlantedBug {
  name: string
  /** What the oracle must say. */
  caught: RegExp
  /** What the world needs for the bug to matter; most need next to nothing. */
  plan?: Partial<WorldPlan>
  doors: WorldPlan['doors']
}

const isOp = (type: unknown) => type === 'send' || type === 'edit' || type === 'delete' || type === 'react'

function framesOf(text: string): { type?: unknown, cid?: string, reset?: unknown }[] {
  const value: unknown = JSON.parse(text)
  return (Array.isArray(value) ? value : [value]) as ReturnType<typeof framesOf>
}

/** Answers a `send` at once and commits later: what a crash takes meanwhile was promised. */
const ackBeforeCommit: NonNullable<WorldPlan['doors']['store']> = (store, { alive, time }) => {
  const heads = new Map<string, number>()
  let last: Promise<unknown> = Promise.resolve()
  const inOrder = <T>(task: () => Promise<T>): Promise<T> => {
    const result = last.then(task)
    last = result.catch(() => {})
    return result
  }
  return {
    ...store,
    append: request => request.change.kind !== 'message'
      ? inOrder(() => store.append(request))
      : inOrder(async (): Promise<AppendResult> => {
          const known = (await store.headsOf([request.conversation])).get(request.conversation) ?? 0
          const seq = Math.max(known, heads.get(request.conversation) ?? 0) + 1
          heads.set(request.conversation, seq)
          time.after(150, () => {
            if (alive()) void inOrder(() => store.append(request))
          })
          const { actor, cid, at, change } = request
          return { ok: true, duplicate: false, event: { seq, cid, sender: actor, at, ...change } as LogEvent }
        }),
  }
}

/** Forgets what it has committed: a resend is a new message. */
const noDedupe = (store: Store): Store => {
  let copies = 0
  return {
    ...store,
    async append(request) {
      const result = await store.append(request)
      if (!result.ok || !result.duplicate) return result
      const cid = `00000000-0000-7000-8000-${String(++copies).padStart(12, '0')}`
      return store.append({ ...request, cid })
    },
  }
}

/** Lets every fourth op wait for the next one. */
const commitsOutOfOrder: NonNullable<WorldPlan['doors']['store']> = (store, { time }) => {
  let count = 0
  return {
    ...store,
    append: request => ++count % 4 === 0 ? new Promise((resolve, reject) => time.after(40, () => void store.append(request).then(resolve, reject))) : store.append(request),
  }
}

/** Sends what is new first, and what the last connection did not confirm a little later. */
function resendsAfterNewer(environment: Environment): Environment {
  const sent = new Set<string>()
  return {
    ...environment,
    openSocket(url, protocols, handlers) {
      const socket = environment.openSocket(url, protocols, handlers)
      const here = new Set<string>()
      return wrapped(socket, (text) => {
        const frames = framesOf(text)
        const old = frames.filter(frame => isOp(frame.type) && sent.has(frame.cid!) && !here.has(frame.cid!))
        const rest = frames.filter(frame => !old.includes(frame))
        for (const { cid } of frames.filter(frame => isOp(frame.type))) {
          sent.add(cid!)
          here.add(cid!)
        }
        if (rest.length > 0) socket.send(JSON.stringify(rest))
        if (old.length > 0) environment.timer(() => socket.send(JSON.stringify(old)), 1_500)
      })
    },
  }
}

const wrapped = (socket: ClientSocket, send: (text: string) => void): ClientSocket => ({
  send,
  close: (code, reason) => socket.close(code, reason),
  abandon: (code, reason) => socket.abandon(code, reason),
  get bufferedAmount() { return socket.bufferedAmount },
})

/** Says that an op is on disk, and writes it seconds later. */
function hastyDisk(environment: Environment): Environment {
  let order = 1_000_000
  return {
    ...environment,
    storage: {
      ...environment.storage,
      async putOp(op) {
        environment.timer(() => void environment.storage.putOp(op).catch(() => {}), 5_000)
        return { ...op, order: order++ }
      },
    },
  }
}

/** Every page counts its own ops, so that two pages of one account do not agree on an order. */
function ordersOfItsOwn(storage: ClientStorage): ClientStorage {
  const own = new Map<string, number>()
  let next = 0
  return {
    ...storage,
    async putOp(op) {
      const stored = await storage.putOp(op)
      own.set(op.cid, next)
      return { ...stored, order: next++ }
    },
    ops: async account => (await storage.ops(account)).map(op => ({ ...op, order: own.get(op.cid) ?? op.order + 1_000 })).sort((a, b) => a.order - b.order),
  }
}

/** Loses a message now and then without an end of the connection, as no TCP does. */
const lyingLink: NonNullable<WorldPlan['doors']['socket']> = (socket) => {
  let count = 0
  return {
    ...sameSocket(socket),
    send(message) {
      if (!message.text.includes('"welcome"') && ++count % 6 === 0) return
      socket.send(message)
    },
  }
}

const sameSocket = (socket: Parameters<NonNullable<WorldPlan['doors']['socket']>>[0]): typeof socket => ({
  send: message => socket.send(message),
  close: (code, reason) => socket.close(code, reason),
  terminate: () => socket.terminate(),
  get bufferedAmount() { return socket.bufferedAmount },
  pause: () => socket.pause(),
  resume: () => socket.resume(),
})

/** Gives the newest page as if nothing were missing above it. */
const resetKeepsCache: NonNullable<WorldPlan['doors']['socket']> = socket => ({
  ...sameSocket(socket),
  send(message) {
    if (!message.text.includes('"reset"')) return socket.send(message)
    socket.send(new TextMessage(JSON.stringify(framesOf(message.text).map(({ reset: _, ...frame }) => frame))))
  },
})

/** Finds nothing missing, ever. */
const noAudit = (store: Store): Store => ({ ...store, headsOf: async () => new Map() })

/** Keeps a read position only until the next question. */
const forgetsReads = (store: Store): Store => ({
  ...store,
  raisePositions: async (_conversation, _user, { readSeq = 0, deliveredSeq = 0 }) => ({ readSeq, deliveredSeq, changed: true }),
})

/** Drops every tenth op and says that it is done. */
const dropsOps = (store: Store): Store => {
  let count = 0
  return {
    ...store,
    async append(request) {
      if (request.change.kind !== 'message' || ++count % 10 !== 0) return store.append(request)
      const head = (await store.headsOf([request.conversation])).get(request.conversation) ?? 0
      const { actor, cid, at, change } = request
      return { ok: true, duplicate: false, event: { seq: head, cid, sender: actor, at, ...change } as LogEvent }
    },
  }
}

const storms = { ...noFault, link: 10, kill: 6 }

export const plantedBugs: readonly PlantedBug[] = [
  { name: '[S2] ack before commit', caught: /\[S2\]/, plan: { faults: { ...noFault, kill: 10 }, faultEvery: 2_000 }, doors: { store: ackBeforeCommit } },
  { name: '[S2] an op dropped but acknowledged', caught: /\[S2\]/, plan: { faults: noFault }, doors: { store: dropsOps } },
  { name: '[S3] no dedupe', caught: /was never pressed/, plan: { faults: storms }, doors: { store: noDedupe } },
  { name: '[S6] commits out of order', caught: /\[S6\]/, plan: { faults: noFault, pace: 700 }, doors: { store: commitsOutOfOrder } },
  { name: '[S6] resends after newer ops', caught: /\[S6\]/, plan: { faults: storms, pace: 700 }, doors: { environment: resendsAfterNewer } },
  { name: '[S6] two tabs with orders of their own', caught: /\[S6\]/, plan: { faults: storms, pace: 700 }, doors: { storage: ordersOfItsOwn } },
  { name: 'a device that says too early that an op is on disk', caught: /neither acknowledged nor visibly failed/, plan: { faults: { ...noFault, network: 6, tab: 10 }, pace: 700 }, doors: { environment: hastyDisk } },
  { name: '[O4] no audit over a backplane that loses all', caught: /has head|the log says/, plan: { nodes: 2, backplane: { loss: 1, double: 0, delay: 5 }, faults: noFault, refreshAtEnd: false }, doors: { store: noAudit } },
  { name: '[O3] a link that loses a message in silence', caught: /has head|the log says|neither confirmed|pending|did not come back/, plan: { faults: noFault }, doors: { socket: lyingLink } },
  { name: '[Y2] a reset that keeps the cache', caught: /has head|the log says/, plan: { keepEvents: 10, faults: { ...everyFault, deviceDisk: 0 } }, doors: { socket: resetKeepsCache } },
  { name: 'read positions that are not kept', caught: /has read|unread/, plan: { faults: noFault }, doors: { store: forgetsReads } },
]
