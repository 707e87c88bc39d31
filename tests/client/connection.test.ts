import { describe, expect, it } from 'vitest'
import { Connection } from '#parley/client/connection.ts'
import type { ConnectionOptions } from '#parley/client/connection.ts'
import { clientTiming } from '#parley/client/timing.ts'
import type { ConnectionState } from '#parley/client/types.ts'
import type { TicketAnswer } from '#parley/client/environment.ts'
import { encodeFrame } from '#parley/shared/protocol/index.ts'
import type { ServerFrame } from '#parley/shared/protocol/index.ts'
import { fakeEnvironment, settle } from '#parley/tests/helpers/fake-environment.ts'
import { me, ScriptedServer } from '#parley/tests/helpers/scripted-server.ts'

function setup(change: Partial<ConnectionOptions> = {}, auto = true) {
  const server = new ScriptedServer()
  server.auto = auto
  const environment = fakeEnvironment(server)
  const states: ConnectionState[] = []
  const frames: ServerFrame[] = []
  const lost: boolean[] = []
  const notices: string[] = []
  const connection = new Connection({
    environment, timing: clientTiming(), account: me.id,
    changed: state => void states.push(state),
    welcome: frame => void notices.push(frame.epoch),
    frames: some => void frames.push(...some),
    lost: oversize => void lost.push(oversize),
    otherAccount: () => void notices.push('other account'),
    ...change,
  })
  const names = () => states.map(state => state.name)
  return { server, environment, clock: environment.clock, connection, states, frames, lost, notices, names }
}

type Setup = ReturnType<typeof setup>
const waiting = (state: ConnectionState) => state.name === 'waiting' ? state : undefined

async function online(change: Partial<ConnectionOptions> = {}): Promise<Setup> {
  const world = setup(change)
  world.connection.start()
  await settle()
  expect(world.connection.state().name).toBe('online')
  return world
}

describe('opening', () => {
  it('[T1] [T2] opens with ticket, label and subprotocol, and is online only when welcomed', async () => {
    const { server, connection, names } = setup({ appname: 'phone & more' }, false)
    connection.start()
    await settle()
    expect(server.last.url).toBe('ws://parley.test/_ws?token=t1&appname=phone%20%26%20more')
    expect(server.last.protocols).toEqual(['parley.v1'])
    server.last.open()
    expect(connection.state().name).toBe('connecting')
    server.welcome()
    expect(names()).toEqual(['connecting', 'online'])
  })

  it('[W2] another account on the welcome ends the connection and tells', async () => {
    const { server, connection, notices } = setup()
    server.user = { ...me, id: 'someone else' }
    connection.start()
    await settle()
    expect(connection.state()).toEqual({ name: 'closed', reason: 'refused' })
    expect(notices).toEqual(['other account'])
    expect(server.last.ended?.by).toBe('client')
  })

  it('[T2] a server of another protocol version is final', async () => {
    const { server, connection } = setup({}, false)
    connection.start()
    await settle()
    server.last.open()
    server.welcome(server.last, { protocol: 2 })
    expect(connection.state()).toEqual({ name: 'closed', reason: 'version' })
  })

  it('[C2] a ticket call without answer for 5 s is aborted and counts as a failed attempt', async () => {
    const { server, clock, connection } = setup()
    server.tickets.push(new Promise<TicketAnswer>(() => {}))
    connection.start()
    await clock.advance(4_999)
    expect(connection.state()).toEqual({ name: 'connecting', attempt: 0 })
    await clock.advance(1)
    expect(waiting(connection.state())).toMatchObject({ attempt: 1, cause: 'unreachable' })
  })

  it('[C2] [F9] a handshake that is never answered fails after 10 s', async () => {
    const { server, clock, connection } = setup({}, false)
    connection.start()
    await clock.advance(9_999)
    expect(connection.state().name).toBe('connecting')
    await clock.advance(1)
    expect(connection.state().name).toBe('waiting')
    expect(server.last.ended?.by).toBe('client')
  })

  it('[C2] [F10] a socket without welcome is abandoned after 5 s', async () => {
    const { server, clock, connection } = setup({}, false)
    connection.start()
    await settle()
    server.last.open()
    await clock.advance(5_000)
    expect(connection.state().name).toBe('waiting')
    expect(server.last.ended).toEqual({ by: 'client', code: 4000 })
  })

  it('[A1] 401 from the ticket call signs out; start begins anew', async () => {
    const { server, connection, clock } = setup()
    server.tickets.push({ kind: 'signed-out' })
    connection.start()
    await clock.advance(120_000)
    expect(connection.state()).toEqual({ name: 'signed-out', reason: 'login_ended' })
    expect(server.sockets).toHaveLength(0)
    connection.start()
    await settle()
    expect(connection.state().name).toBe('online')
  })

  it('[F23] a portal in front of the server is no sign-out', async () => {
    const { server, connection, clock } = setup()
    server.tickets.push({ kind: 'unreachable' })
    connection.start()
    await settle()
    expect(waiting(connection.state())?.cause).toBe('unreachable')
    await clock.advance(1_000)
    expect(connection.state().name).toBe('online')
  })
})

describe('retry', () => {
  it('[C2] [F24] Retry-After is obeyed, also by signals and by hand', async () => {
    const { server, environment, connection, clock } = setup()
    server.tickets.push({ kind: 'busy', retryAfter: 20_000 })
    connection.start()
    await settle()
    expect(waiting(connection.state())?.cause).toBe('busy')
    await clock.advance(15_000)
    environment.signal('visible')
    connection.retryNow()
    await settle()
    expect(server.calls).toEqual(['ticket'])
    await clock.advance(5_000)
    connection.retryNow()
    await settle()
    expect(connection.state().name).toBe('online')
  })

  it('[C2] full jitter, 0.5 s doubled up to 30 s, and never gives up', async () => {
    const { server, environment, connection, clock } = setup()
    const delays: number[] = []
    for (let attempt = 0; attempt < 12; attempt++) {
      server.tickets.push({ kind: 'unreachable' })
      environment.randoms.push(0.999999)
    }
    connection.start()
    for (let attempt = 0; attempt < 12; attempt++) {
      await settle()
      const state = waiting(connection.state())
      expect(state?.attempt).toBe(attempt + 1)
      delays.push(state!.retryAt - clock.wall)
      await clock.advance(state!.retryAt - clock.wall)
    }
    expect(delays).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, ...Array.from({ length: 6 }, () => 30_000)])
    await settle()
    expect(connection.state().name).toBe('online')
  })

  it('[C2] [F25] a connection that flaps keeps growing its backoff; 10 s of uptime clear it', async () => {
    const { server, connection, clock } = await online()
    for (let round = 1; round <= 3; round++) {
      await clock.advance(1_000)
      server.last.drop()
      expect(waiting(connection.state())?.attempt).toBe(round)
      connection.retryNow()
      await settle()
    }
    await clock.advance(10_000)
    server.last.drop()
    expect(waiting(connection.state())?.attempt).toBe(1)
  })

  it('[C2] [F22] online, visible and coming back from the cache try at once', async () => {
    for (const signal of ['online', 'visible', 'pageshow', 'resume', 'focus'] as const) {
      const { server, environment, connection } = await online()
      server.last.drop()
      expect(connection.state().name).toBe('waiting')
      environment.signal(signal)
      await settle()
      expect(connection.state().name).toBe('online')
    }
  })

  it('[F21] `offline` only probes a live link; while waiting it is the cause shown', async () => {
    const { server, environment, connection, clock } = await online()
    environment.network = false
    environment.signal('offline')
    await clock.advance(5_000)
    expect(connection.state().name).toBe('online')
    server.last.drop()
    expect(waiting(connection.state())?.cause).toBe('offline')
  })

  it('[F22] `online` during a call that began on the dead network starts over', async () => {
    const { server, environment, connection } = setup()
    server.tickets.push(new Promise<TicketAnswer>(() => {}))
    connection.start()
    await settle()
    environment.signal('online')
    await settle()
    expect(connection.state().name).toBe('online')
  })
})

describe('close codes', () => {
  const table: [number, Partial<ConnectionState>][] = [
    [1000, { name: 'waiting', cause: 'lost' }], [1001, { name: 'waiting' }], [1005, { name: 'waiting' }], [1006, { name: 'waiting', cause: 'lost' }],
    [1011, { name: 'waiting' }], [1012, { name: 'waiting', cause: 'restart' }], [1013, { name: 'waiting', cause: 'busy' }],
    [4003, { name: 'waiting', cause: 'lost' }], [4004, { name: 'waiting', cause: 'lost' }], [4006, { name: 'waiting', cause: 'busy' }],
    [4007, { name: 'waiting', cause: 'busy' }], [4008, { name: 'waiting', cause: 'busy' }], [4401, { name: 'waiting' }], [4499, { name: 'waiting' }],
    [1002, { name: 'closed', reason: 'refused' }], [1003, { name: 'closed' }], [1007, { name: 'closed' }], [1008, { name: 'closed' }], [1010, { name: 'closed' }],
    [4500, { name: 'closed', reason: 'bad_frames' }], [4503, { name: 'signed-out', reason: 'disabled' }], [4504, { name: 'signed-out', reason: 'revoked' }],
    [4505, { name: 'closed', reason: 'version' }], [4506, { name: 'closed', reason: 'too_many_connections' }], [4999, { name: 'closed' }],
    [1009, { name: 'waiting' }],
  ]
  it.each(table)('[C1] PROTOCOL 10: %i', async (code, state) => {
    const { server, connection, lost } = await online()
    server.last.drop(code)
    expect(connection.state()).toMatchObject(state)
    expect(lost).toEqual([code === 1009])
  })

  it('[A2] 4401 is answered with a new ticket', async () => {
    const { server, connection, clock } = setup({}, false)
    connection.start()
    await settle()
    server.last.open()
    server.last.drop(4401)
    server.auto = true
    await clock.advance(1_000)
    expect(server.last.url).toContain('token=t2')
    expect(connection.state().name).toBe('online')
  })

  it('[L5] [F14] goaway: goes on until the close, then waits its `after`', async () => {
    const { server, connection, clock } = await online()
    server.last.push({ type: 'goaway', after: 3_210 })
    expect(connection.state().name).toBe('online')
    await clock.advance(1_000)
    server.last.drop(1012)
    const state = waiting(connection.state())
    expect(state).toMatchObject({ cause: 'restart' })
    expect(state!.retryAt - clock.wall).toBe(3_210)
  })
})

describe('generations', () => {
  it('[R11] an old socket can neither deliver nor close anything', async () => {
    const { server, connection, frames } = await online()
    const old = server.last
    old.drop()
    connection.retryNow()
    await settle()
    old.push({ type: 'status', store: 'busy' })
    old.drop(4500)
    expect(connection.state().name).toBe('online')
    expect(frames).toEqual([])
  })

  it('[F54] stop while the ticket is on its way: no socket opens later', async () => {
    const { server, connection, clock } = setup()
    let give: (answer: TicketAnswer) => void = () => {}
    server.tickets.push(new Promise((resolve) => {
      give = resolve
    }))
    connection.start()
    await settle()
    connection.stop()
    give({ kind: 'ticket', token: 'late' })
    await clock.advance(60_000)
    expect(server.sockets).toHaveLength(0)
    expect(connection.state()).toEqual({ name: 'closed', reason: 'stopped' })
  })

  it('[F54] stop while the socket opens: a late open and welcome change nothing', async () => {
    const { server, connection } = setup({}, false)
    connection.start()
    await settle()
    connection.stop()
    server.last.open()
    server.welcome()
    expect(connection.state()).toEqual({ name: 'closed', reason: 'stopped' })
    expect(server.last.ended?.code).toBe(1000)
  })

  it('stop closes with 1000 and no signal brings it back', async () => {
    const { server, environment, connection, clock, lost } = await online()
    connection.stop()
    environment.signal('online')
    connection.retryNow()
    await clock.advance(60_000)
    expect(server.sockets).toHaveLength(1)
    expect(server.last.ended).toEqual({ by: 'client', code: 1000 })
    expect(lost).toEqual([false])
  })
})

describe('life signs', () => {
  it('[L1] answers ping from the message handler', async () => {
    const { server } = await online()
    server.last.push({ type: 'ping' })
    expect(server.last.of('pong')).toHaveLength(1)
  })

  it('[T7] frames before the welcome are not taken', async () => {
    const { server, connection, frames } = setup({}, false)
    connection.start()
    await settle()
    server.last.open()
    server.last.push({ type: 'status', store: 'full' })
    expect(frames).toEqual([])
    server.welcome()
    server.last.push({ type: 'status', store: 'ok' })
    expect(frames).toEqual([{ type: 'status', store: 'ok' }])
  })

  it('[T5] unknown frames and junk are ignored', async () => {
    const { server, connection, frames } = await online()
    server.last.raw('{"type":"hologram"}')
    server.last.raw('not json')
    server.last.raw('[1,null,{"type":"event"}]')
    expect(frames).toEqual([])
    expect(connection.state().name).toBe('online')
  })

  it('[L2] [B2] an unanswered probe abandons the socket at once and the next opens', async () => {
    for (const signal of ['visible', 'focus', 'online', 'pageshow', 'resume'] as const) {
      const { server, environment, connection, clock } = await online()
      const old = server.last
      server.auto = false
      environment.signal(signal)
      expect(old.of('ping')).toHaveLength(1)
      await clock.advance(2_999)
      expect(connection.state().name).toBe('online')
      await clock.advance(1)
      expect(connection.state().name).toBe('waiting')
      expect(old.ended).toEqual({ by: 'client', code: 4000 })
    }
  })

  it('[L2] any frame counts as life', async () => {
    const { server, connection, clock } = await online()
    server.auto = false
    connection.probe()
    await clock.advance(2_000)
    server.last.push({ type: 'status', store: 'busy' })
    await clock.advance(10_000)
    expect(connection.state().name).toBe('online')
  })

  it('[L2] [F7] a link that is dead on its way up alone ends after 15 s, whatever others write', async () => {
    const { server, connection, clock } = await online()
    server.auto = false
    const hearsOthers = async (seconds: number) => {
      for (let second = 0; second < seconds; second++) {
        connection.probe()
        await clock.advance(500)
        server.last.push({ type: 'heads', heads: {} })
        await clock.advance(500)
      }
    }
    await hearsOthers(14)
    server.last.push({ type: 'ping' }) // held back, not deaf
    await hearsOthers(15)
    expect(connection.state().name).toBe('online')
    await hearsOthers(1)
    expect(connection.state().name).not.toBe('online')
  })

  it('[L2] after a sleep the answers that lie in the queue are waited for', async () => {
    const { server, connection, clock } = await online()
    server.auto = false
    connection.probe()
    server.last.push({ type: 'heads', heads: {} })
    await clock.advance(20_000)
    connection.probe()
    expect(connection.state().name).toBe('online')
  })

  it('[L2] probes before sending after 10 s of silence, and sends without waiting', async () => {
    const { server, connection, clock } = await online()
    const frame = encodeFrame({ type: 'typing', conversation: 'c', on: true })
    await clock.advance(9_999)
    connection.send([frame])
    expect(server.last.of('ping')).toHaveLength(0)
    await clock.advance(1)
    connection.send([frame])
    expect(server.last.of('ping')).toHaveLength(1)
    expect(server.last.of('typing')).toHaveLength(2)
  })

  it('[L2] [F7] no frame for 35 s ends the link', async () => {
    const { connection, clock } = await online()
    await clock.advance(34_999)
    expect(connection.state().name).toBe('online')
    await clock.advance(1)
    expect(waiting(connection.state())?.cause).toBe('lost')
  })

  it('[L2] [F7] clocks that differ by less than a rounding agree that there was no frame for 35 s', async () => {
    const { connection, clock } = await online()
    clock.jump(-1)
    await clock.advance(35_000)
    expect(waiting(connection.state())?.cause).toBe('lost')
  })

  it('[F18] server pings alone keep it alive', async () => {
    const { server, connection, clock } = await online()
    for (let minute = 0; minute < 20; minute++) {
      await clock.advance(27_500)
      server.last.push({ type: 'ping' })
    }
    expect(connection.state().name).toBe('online')
  })

  it('[F16] a wall clock that is set by a day either way makes no stale loop', async () => {
    const { server, connection, clock } = await online()
    for (const jump of [86_400_000, -2 * 86_400_000]) {
      clock.jump(jump)
      for (let round = 0; round < 4; round++) {
        await clock.advance(25_000)
        server.last.push({ type: 'ping' })
      }
    }
    expect(connection.state().name).toBe('online')
    expect(server.sockets).toHaveLength(1)
  })

  it('[F17] after a sleep of ten minutes a dead link is known 3 s after waking, and one socket replaces it', async () => {
    const { server, environment, connection, clock } = await online()
    server.auto = false
    clock.sleep(600_000)
    environment.signal('visible')
    await clock.advance(3_000)
    expect(connection.state().name).toBe('waiting')
    server.auto = true
    await clock.advance(1_000)
    expect(connection.state().name).toBe('online')
    expect(server.sockets).toHaveLength(2)
  })

  it('[B6] a probe timer that ran late after a freeze gives the queued answer one more chance', async () => {
    const { server, connection, clock } = await online()
    server.auto = false
    connection.probe()
    clock.sleep(90_000) // frozen: the timer runs first on resume, the answer lies behind it in the queue
    await clock.advance(3_000)
    expect(connection.state().name).toBe('online')
    server.last.push({ type: 'pong' })
    await clock.advance(10_000)
    expect(connection.state().name).toBe('online')
  })

  it('[B6] late timers do not excuse a dead link for ever', async () => {
    const { connection, clock, server } = await online()
    server.auto = false
    connection.probe()
    clock.sleep(90_000)
    await clock.advance(3_000)
    clock.sleep(90_000)
    await clock.advance(3_000)
    expect(connection.state().name).toBe('waiting')
  })
})
