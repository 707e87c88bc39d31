import type { ChatHttp, HttpAnswer, SocketHandlers, ClientSocket, TicketAnswer } from '#parley/client/environment.ts'
import type { ChatService } from '#parley/server/chat/chat-service.ts'
import { StoreUnavailable } from '#parley/server/chat/ports.ts'
import type { Identity } from '#parley/server/chat/ports.ts'
import type { HistoryResponse } from '#parley/shared/http.ts'
import { closeCodes, limits, rejectStatus } from '#parley/shared/protocol/index.ts'
import type { RejectCode } from '#parley/shared/protocol/index.ts'
import { createLossyLink } from '#parley/tests/helpers/sim/lossy-link.ts'
import type { LineQuality, LossyLink } from '#parley/tests/helpers/sim/lossy-link.ts'
import type { PageLife } from '#parley/tests/helpers/sim/page-life.ts'
import type { SeededRandom } from '#parley/tests/helpers/sim/random.ts'
import type { ServerNode, ServerProcess } from '#parley/tests/helpers/sim/server-node.ts'
import type { VirtualTime } from '#parley/tests/helpers/sim/virtual-time.ts'

/** What becomes of the next handshakes of a page. */
export type Handshake = 'refused' | 'silent' | 'mute' | 'bad-ticket'

/** How one page reaches the servers, and what is wrong with the way at the moment. */
export interface Access {
  quality: LineQuality
  /** `down`: calls fail at once; `hole`: they fail after a long time; `captive`: a portal answers in the server's place. */
  state: 'up' | 'down' | 'hole' | 'captive'
  handshakes: Handshake[]
  /** Probability that an HTTP call fails, before or after the server did its work. */
  httpLoss: number
  /** Answers the next ticket calls with 503 and this `Retry-After`, ms. */
  busyTickets: number[]
  /** The login was ended on the server: ticket calls answer 401 until the user logs in again. */
  signedOut: boolean
  /** Links of this page that may still be alive at either end. */
  links: Set<LossyLink>
}

export const goodAccess = (quality: LineQuality): Access =>
  ({ quality, state: 'up', handshakes: [], httpLoss: 0, busyTickets: [], signedOut: false, links: new Set() })

export interface Network {
  openSocket(page: Caller, url: string, handlers: SocketHandlers): ClientSocket
  http(page: Caller): ChatHttp
  /** Any other call of the HTTP interface, as the pages around the core make it. */
  call<T>(page: Caller, work: (service: ChatService) => Promise<T>): Promise<HttpAnswer<T>>
}

export interface Caller { identity: Identity, access: Access, life: PageLife, note: (what: string) => void }

export interface NetworkOptions {
  time: VirtualTime
  random: SeededRandom
  nodes: readonly ServerNode[]
  ticketAge: number
  count: (kind: string) => void
  wrong: (violation: string) => void
  /** Notes every message that arrives at a page or leaves it. */
  verbose?: boolean
}

const overHttp = <T>(value: T): T => value === undefined ? value : JSON.parse(JSON.stringify(value)) as T

/** A refusal on its way to an HTTP status. */
class Refused extends Error {
  readonly code: RejectCode
  constructor(code: RejectCode) {
    super(code)
    this.code = code
  }
}

const opCid = /"cid":"([^"]+)"/g

/** Counts ops that were on the wire before, from this page or another. */
const counted = (socket: ClientSocket, sent: Set<string>, count: (kind: string) => void): ClientSocket => ({
  send(text) {
    for (const [, cid] of text.matchAll(opCid)) {
      if (sent.has(cid!)) count('op: sent again')
      sent.add(cid!)
    }
    socket.send(text)
  },
  close: (code, reason) => socket.close(code, reason),
  abandon: (code, reason) => socket.abandon(code, reason),
  get bufferedAmount() { return socket.bufferedAmount },
})

const noted = (page: Caller, socket: ClientSocket): ClientSocket => ({
  send(text) {
    page.note(`▸ ${text}`)
    socket.send(text)
  },
  close: (code, reason) => socket.close(code, reason),
  abandon(code, reason) {
    page.note(`abandons its socket ${code} ${reason}`)
    socket.abandon(code, reason)
  },
  get bufferedAmount() { return socket.bufferedAmount },
})

export function createNetwork(options: NetworkOptions): Network {
  const { time, random, nodes } = options
  const sent = new Set<string>()
  const tickets = new Map<string, { identity: Identity, until: number }>()
  const processes = () => nodes.flatMap(node => node.process ? [node.process] : [])
  const anyProcess = (): ServerProcess | undefined => {
    const up = processes().filter(process => !process.service.draining)
    return up.length === 0 ? undefined : random.pick(up)
  }

  /** A page that is gone or frozen hears of an answer never, or when it thaws. */
  const wait = (page: Caller, ms: number) => new Promise<void>(resolve => time.after(ms, () => page.life.deliver(resolve)))
  const oneWay = ({ access: { quality } }: Caller) => quality.latency + random.next() * quality.jitter

  /** The process may die with the call in hand: the browser sees a reset connection, not an eternal wait. */
  const onServer = <T>(process: ServerProcess, work: (service: ChatService) => Promise<T>): Promise<HttpAnswer<T>> => new Promise((resolve) => {
    const off = process.onDeath(() => resolve({ kind: 'unreachable' }))
    const settle = (answer: HttpAnswer<T>) => {
      off()
      resolve(answer)
    }
    work(process.service).then(value => settle({ kind: 'ok', value: overHttp(value) }), (error: unknown) => {
      if (error instanceof Refused) settle({ kind: 'refused', status: rejectStatus(error.code), code: error.code })
      else if (error instanceof StoreUnavailable) settle({ kind: 'refused', status: 503, code: 'store_unavailable' })
      else settle({ kind: 'refused', status: 500, code: 'internal' })
    })
  })

  const call = async <T>(page: Caller, work: (service: ChatService) => Promise<T>): Promise<HttpAnswer<T>> => {
    const { access } = page
    await wait(page, oneWay(page))
    if (access.state === 'hole') await wait(page, 8_000)
    const process = anyProcess()
    if (access.state !== 'up' || !process || random.chance(access.httpLoss)) return { kind: 'unreachable' }
    const answer = await onServer(process, work)
    await wait(page, oneWay(page))
    return access.state !== 'up' || random.chance(access.httpLoss) ? { kind: 'unreachable' } : answer
  }

  const ticket = async (page: Caller): Promise<TicketAnswer> => {
    const { access } = page
    if (access.state === 'hole') await wait(page, 20_000)
    const answer = await call(page, async () => random.uuid())
    if (answer.kind !== 'ok') return { kind: 'unreachable' }
    const retryAfter = access.busyTickets.shift()
    if (retryAfter !== undefined) return { kind: 'busy', retryAfter }
    if (access.signedOut) return { kind: 'signed-out' }
    tickets.set(answer.value, { identity: page.identity, until: time.now() + options.ticketAge })
    return { kind: 'ticket', token: answer.value }
  }

  const history: (page: Caller) => ChatHttp['history'] = page => (conversation, query) => call(page, async (service) => {
    const outcome = await service.history(page.identity.user.id, { conversation, limit: limits.historyDefault, ...query })
    if (!outcome.ok) throw new Refused(outcome.code)
    return JSON.parse(outcome.value) as HistoryResponse
  })

  const http = (page: Caller): ChatHttp => {
    const user = page.identity.user.id
    return {
      ticket: () => ticket(page),
      conversations: () => call(page, async service => ({ conversations: await service.conversations(user) })),
      conversation: id => call(page, async (service) => {
        const conversation = await service.conversation(user, id)
        if (!conversation) throw new Refused('not_found')
        return { conversation }
      }),
      history: history(page),
      users: () => call(page, async service => ({
        users: (await service.conversations(user)).flatMap(({ members }) => members.map(member => member.user)),
      })),
    }
  }

  const upgrade = (page: Caller, url: string, link: LossyLink) => {
    const how = page.access.handshakes.shift()
    const process = anyProcess()
    if (page.access.state !== 'up' || how === 'silent') return
    if (!process || how === 'refused' || !process.service.hasRoom('')) return link.refuse()
    if (how === 'mute') return link.accept({ message: () => {}, closed: () => {} })
    const token = new URL(url).searchParams.get('token') ?? ''
    const held = tickets.get(token)
    tickets.delete(token)
    if (!held || held.until < time.now() || how === 'bad-ticket') {
      link.accept({ message: () => {}, closed: () => {} })
      link.server.close(closeCodes.badTicket, 'bad_ticket')
      return
    }
    process.connect(link, held.identity)
  }

  return {
    call,
    http,
    openSocket(page, url, handlers) {
      const { access, life } = page
      const link = createLossyLink({
        time, random: random.fork(url), quality: access.quality, note: page.note,
        handlers: {
          open: () => life.deliver(handlers.open),
          message: text => life.deliver(() => {
            if (options.verbose) page.note(`◂ ${text}`)
            handlers.message(text)
          }),
          close: (code, reason) => life.deliver(() => {
            const next = link.abandoned ? [...access.links].find(other => !other.abandoned && !other.over) : undefined
            handlers.close(code, reason)
            if (next?.abandoned) options.wrong(`[R11] ${page.identity.appname}: the late end of a socket that was abandoned ended the next one`)
          }),
        },
      })
      for (const old of access.links) if (old.over) access.links.delete(old)
      access.links.add(link)
      if (access.state === 'down') time.after(1, () => link.refuse())
      else time.after(oneWay(page), () => upgrade(page, url, link))
      if (life.frozen) link.freeze(true)
      const client = counted(link.client, sent, options.count)
      return options.verbose ? noted(page, client) : client
    },
  }
}
