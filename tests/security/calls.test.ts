import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { projectRoot } from '#parley/tests/helpers/build.ts'
import type { NewInviteResponse } from '#parley/shared/http.ts'
import { goodPassword, HttpClient, newUser } from '#parley/tests/helpers/http-client.ts'
import { newCid, sendText } from '#parley/tests/helpers/op-frames.ts'
import { RawSocket } from '#parley/tests/helpers/raw-socket.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'
import { connect } from '#parley/tests/helpers/socket-client.ts'

/** What an attacker gets by HTTP: strangers, foreign pages, members who are curious. */

type User = Awaited<ReturnType<typeof newUser>>
let server: ServerProcess
let admin: User, ann: User, ben: User

beforeAll(async () => {
  server = await startServer({ env: { NUXT_LOG_LEVEL: 'debug' } })
  admin = await newUser(server.url, 'root')
  ann = await newUser(server.url, 'ann')
  ben = await newUser(server.url, 'ben')
})
afterAll(() => server.dispose())

/** Every call that there is, from the files that answer it, with an id that nothing has for each part that is one. */
const calls: [method: string, path: string][] = readdirSync(join(projectRoot, 'server/api'), { recursive: true, encoding: 'utf8' }).flatMap((file) => {
  const [, path = '', method = ''] = /^(.*?)\.(get|post|put|patch|delete)\.ts$/.exec(file) ?? []
  if (method === '') return []
  return [[method.toUpperCase(), `/api/${path.replace(/\/?index$/, '').replace(/\[[^\]]+\]/g, 'nothing')}`]]
})

/** Calls that need no log-in: they make one, or show nothing but by a token in their path. A new one has to be written down here. */
const forStrangers = (call: string): boolean => / \/api\/(auth\/.+|invites\/nothing|reset\/nothing|hooks\/nothing)$/.test(call)
  || ['GET /api/health', 'GET /api/ready', 'GET /api/push/key', 'GET /api/diagnosis', 'GET /api/diagnosis/hold', 'GET /api/openapi.json'].includes(call)

describe('every call', () => {
  test('[X11] that is not for strangers answers them 401, whatever else is wrong', async () => {
    expect(calls.length).toBeGreaterThan(80)
    const open: string[] = []
    for (const [method, path] of calls) {
      const answer = await new HttpClient(server.url).call(method, path, method === 'GET' ? undefined : {})
      if (answer.status !== 401) open.push(`${method} ${path}`)
    }
    expect(open.filter(call => !forStrangers(call))).toEqual([])
  })

  test('[X2] that writes is refused to foreign pages, with and without a cookie, and to cookies that name no page', async () => {
    for (const [method, path] of calls) {
      if (method === 'GET') continue
      for (const [client, origin] of [[ann, 'https://evil.io'], [ann, 'null'], [ann, ''], [new HttpClient(server.url), `${server.url}.evil.io`]] as const) {
        const { status, body } = await client.call(method, path, {}, { origin })
        expect([method, path, origin, status, body.data?.code]).toEqual([method, path, origin, 403, 'foreign_origin'])
      }
    }
    expect((await ann.call('GET', '/api/me')).status).toBe(200)
  })

  test('[X2] cannot be reached past that check by another spelling of its path', async () => {
    const spellings = ['//api/auth/logout', '///api/auth/logout', '/./api/auth/logout', '/x/../api/auth/logout', '/_nuxt/../api/auth/logout', '/%61pi/auth/logout', '/api//auth/logout', '/api/auth/logout/', '/api/auth/logout?x', '/api/auth/logout;x', '/API/auth/logout', '/\\api/auth/logout', `${server.url}/api/auth/logout`]
    for (const path of spellings) {
      const raw = new RawSocket(server.port)
      raw.write(`POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nOrigin: https://evil.io\r\nCookie: ${ann.cookie}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
      expect([path, await raw.head()]).toEqual([path, expect.stringMatching(/^HTTP\/1\.1 40[34] /)])
      raw.destroy()
    }
    expect((await ann.call('GET', '/api/me')).status).toBe(200)
  })

  test('[X11] about what is somebody else\'s is answered as about what does not exist', async () => {
    const { id: room } = await ben.group('secret')
    const message = await ben.need<{ seq: number }>('POST', `/api/conversations/${room}/messages`, { cid: newCid(), content: { type: 'text', text: 'hidden' } })
    const { id: token } = await ben.need<{ id: string }>('POST', '/api/me/tokens', { name: 'bot' })
    const { invite } = await ben.need<NewInviteResponse>('POST', `/api/conversations/${room}/invites`, {})
    const told: string[] = []
    let compared = 0
    for (const [method, path] of calls) {
      if (!path.includes('nothing') || path.startsWith('/api/admin')) continue
      const about = ([conversation, credential, guest]: readonly [string, string, string]) => path.replace('conversations/nothing', `conversations/${conversation}`)
        .replace(/(messages|pins)\/nothing/, `$1/${message.seq}`).replace(/(members|bans)\/nothing/, `$1/${ben.account.id}`).replace('tokens/nothing', `tokens/${credential}`).replace(/invites\/nothing$/, `invites/${guest}`)
      const own = about([room, token, invite.id])
      if (own === path) continue
      compared += 1
      const body = method === 'GET' ? undefined : { user: ben.account.id, role: 'admin', title: 'x', cid: newCid(), content: { type: 'text', text: 'x' }, seq: message.seq, reason: 'spam', minutes: 5, duration: 60_000, pinned: true }
      const [real, none] = [await ann.call(method, own, body), await ann.call(method, about([crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()]), body)]
      if (JSON.stringify([real.status, real.body]) !== JSON.stringify([none.status, none.body])) told.push(`${method} ${own}: ${real.status} ${JSON.stringify(real.body)} / ${none.status} ${JSON.stringify(none.body)}`)
      if (JSON.stringify(real.body ?? '').includes('hidden')) told.push(`${method} ${own}`)
    }
    expect(compared).toBeGreaterThan(25)
    expect((await ben.need<{ conversation: { title: string, memberCount: number } }>('GET', `/api/conversations/${room}`)).conversation).toMatchObject({ title: 'secret', memberCount: 1 })
    expect((await ben.need<{ tokens: object[] }>('GET', '/api/me/tokens')).tokens).toHaveLength(1)
    expect(told).toEqual([])
  })
})

describe('log-ins', () => {
  /** Processor time of the server and all its threads, ms. */
  const spent = (): number => {
    const [, after = ''] = readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ')
    const fields = after.split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  }

  test('[X9] of unknown users and with wrong passwords have one answer and one price', async () => {
    const attempt = async (username: string) => {
      const before = spent()
      const { status, body } = await new HttpClient(server.url).call('POST', '/api/auth/login', { username, password: 'not this one, though' })
      return { cost: spent() - before, answer: JSON.stringify([status, body]) }
    }
    const [unknown, wrong]: [number[], number[]] = [[], []]
    const answers = new Set<string>()
    for (let n = 0; n < 8; n++) {
      for (const [costs, name] of [[unknown, `nobody-${n}`], [wrong, 'ben']] as const) {
        const { cost, answer } = await attempt(name)
        costs.push(cost)
        answers.add(answer)
      }
    }
    const sum = (costs: number[]) => costs.reduce((a, b) => a + b)
    expect(answers.size).toBe(1)
    // Without the work for nobody's password an unknown name would cost next to nothing.
    expect(sum(wrong)).toBeGreaterThan(100)
    expect(sum(unknown) / sum(wrong)).toBeGreaterThan(0.5)
    expect(sum(unknown) / sum(wrong)).toBeLessThan(2)
  })

  test('[X32] and look-ups of people are limited, and ids tell nothing of others', async () => {
    const cem = await newUser(server.url, 'cem')
    const answers = await Promise.all(Array.from({ length: 60 }, (_none, n) => cem.call('GET', `/api/users?q=a${n}`)))
    const limited = answers.filter(({ status }) => status === 429)
    expect(limited.length).toBeGreaterThan(10)
    expect(Number(limited[0]!.headers.get('retry-after'))).toBeGreaterThan(0)
    // Somebody else's share is their own.
    expect((await ann.call('GET', '/api/users?q=ben')).status).toBe(200)
    const { id: room } = await cem.group('room')
    for (const id of [cem.account.id, ann.account.id, room]) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const names = await Promise.all(['ann', 'nobody-at-all'].map(username => new HttpClient(server.url).call('GET', `/api/users?q=${username}`)))
    expect(names.map(({ status }) => status)).toEqual([401, 401])
  })
})

describe('input', () => {
  const quotes = ['\'', '"', '\'; drop table users; --', '" OR ""="', '%', '_', '\\', 'a" NEAR b', '"*(NEAR', 'AND OR NOT', '(((((', '{x:1}', '*', '^a', 'a:b', '-', 'text:*', '\u0000', '\uD800', '𝕏'.repeat(200), ')'.repeat(900), 'from:" has:\'', '\' union select * from logins --']

  test('[X28] nothing that is searched for, asked for or written breaks a query', async () => {
    const { id: room } = await ann.group('library')
    const said: string[] = []
    const bad: string[] = []
    const note = (what: string, status: number) => void (status >= 500 && bad.push(`${what}: ${status}`))
    for (const text of quotes) {
      const q = encodeURIComponent(text.toWellFormed())
      for (const path of [`/api/search?q=${q}`, `/api/search?q=${q}&conversation=${q}`, `/api/conversations/${q}`, `/api/users?ids=${q}`, `/api/invites/${q}`, `/api/reset/${q}`]) {
        const { status } = await ann.call('GET', path)
        note(path, status)
        if (status === 429) break
      }
      note(`log-in ${text}`, (await new HttpClient(server.url).call('POST', '/api/auth/login', { username: text, password: text })).status)
      const sent = await ann.call('POST', `/api/conversations/${room}/messages`, { cid: newCid(), content: { type: 'text', text } })
      note(`message ${text}`, sent.status)
      if (sent.status === 201) said.push(text)
      note(`title ${text}`, (await ann.call('PATCH', `/api/conversations/${room}`, { title: text })).status)
    }
    expect(bad).toEqual([])
    const { messages } = await ann.need<{ messages: { content?: { text: string } }[] }>('GET', `/api/conversations/${room}/messages?limit=200`)
    expect(messages.flatMap(({ content }) => content?.text ?? [])).toEqual(said)
    expect((await admin.call('GET', '/api/admin/users')).status).toBe(200)
  })

  test('[X24] too deep, too much, keys of prototypes, NUL and half surrogates are refused; names are compared without their dress', async () => {
    const { id: room } = await ann.group('room')
    const send = (content: unknown) => ann.call('POST', `/api/conversations/${room}/messages`, { cid: newCid(), content })
    const nested = (depth: number): unknown => depth === 0 ? 1 : { a: nested(depth - 1) }
    expect([(await send({ type: 'custom', name: 'x:y', text: 'x', data: nested(9) })).status, (await send({ type: 'text', text: 'a\u0000b' })).status, (await send({ type: 'text', text: 'x'.repeat(8_001) })).status]).toEqual([422, 422, 422])
    expect((await ann.call('POST', `/api/conversations/${room}/messages`, `{"cid":"${newCid()}","content":{"type":"text","text":"\\ud800"}}`, { 'content-type': 'application/json' })).status).toBe(422)
    await ann.call('PATCH', '/api/me', '{"__proto__":{"role":"admin"},"constructor":{"prototype":{"role":"admin"}},"role":"admin","status":null}', { 'content-type': 'application/json' })
    expect((await ann.call('GET', '/api/admin/users')).status).toBe(404)
    for (const name of ['constructor', '__proto__', 'hasOwnProperty']) expect((await ann.call('GET', `/api/conversations/${name}`)).status).toBe(404)
    const socket = await connect(ann)
    const seen = socket.frames.length
    socket.socket.send(JSON.stringify(Array.from({ length: 65 }, () => ({ type: 'ping' }))))
    await socket.next('error', error => error.code === 'bad_frame')
    socket.socket.send(`${'['.repeat(20_000)}${']'.repeat(20_000)}`)
    await socket.next('error', error => error.code === 'bad_frame')
    expect(socket.frames.slice(seen).some(({ type }) => type === 'pong')).toBe(false)
    await socket.close()
    const stranger = new HttpClient(server.url)
    for (const username of ['ＡＮＮ', 'Ann', 'ᴬnn', 'a\u200Bnn', 'a nn', 'ann\u202E']) {
      expect([username, [409, 422].includes((await stranger.call('POST', '/api/auth/register', { username, password: goodPassword })).status)]).toEqual([username, true])
    }
  })
})

describe('what is hidden', () => {
  test('[X34] read positions and presence stay with who hides them; who has blocked somebody is not here, types not and reads not for them, nor they for them', async () => {
    const [dia, eli] = [await newUser(server.url, 'dia'), await newUser(server.url, 'eli')]
    const { conversation: { id: room } } = await dia.need<{ conversation: { id: string } }>('POST', '/api/conversations', { kind: 'direct', user: eli.account.id })
    await dia.need('PATCH', '/api/me', { hides: { reads: true, presence: true } })
    const watcher = await connect(eli)
    const op = sendText(room, 'have you read this?')
    watcher.send(op)
    const { seq } = await watcher.next('ack', ack => ack.cid === op.cid)
    const reader = await connect(dia)
    reader.send({ type: 'read', conversation: room, seq }, { type: 'presence', state: 'active' })
    reader.send({ type: 'ping' })
    await reader.next('pong')
    const answer = sendText(room, 'yes')
    reader.send(answer)
    await watcher.next('event', ({ event }) => event.cid === answer.cid)
    const told = (user: User) => watcher.frames.filter(frame => (frame.type === 'presence' && frame.user === user.account.id && frame.state !== 'offline') || (frame.type === 'receipt' && frame.user === user.account.id && frame.read !== undefined))
    expect(told(dia)).toEqual([])
    await dia.need('PATCH', '/api/me', { hides: {} })
    await watcher.next('presence', frame => frame.user === dia.account.id && frame.state === 'online')
    await dia.need('POST', '/api/me/blocks', { user: eli.account.id })
    // From now on the one is not here for the other, whichever way.
    await watcher.next('presence', frame => frame.user === dia.account.id && frame.state === 'offline')
    await reader.next('presence', frame => frame.user === eli.account.id && frame.state === 'offline')
    const { conversation: { members } } = await eli.need<{ conversation: { members: { user: { id: string }, state: string, lastSeen?: number }[] } }>('GET', `/api/conversations/${room}`)
    expect(members.find(({ user }) => user.id === dia.account.id)).toMatchObject({ state: 'offline' })
    const late = sendText(room, 'still there?')
    watcher.send({ type: 'typing', conversation: room, on: true }, late)
    expect((await watcher.next('reject', reject => reject.cid === late.cid)).code).toBe('forbidden')
    reader.send({ type: 'typing', conversation: room, on: true }, { type: 'read', conversation: room, seq: seq + 1 }, { type: 'ping' })
    await reader.next('pong')
    watcher.send({ type: 'ping' })
    await watcher.next('pong')
    expect([...reader.frames, ...watcher.frames].filter(frame => frame.type === 'typing')).toEqual([])
    expect(told(dia).slice(1)).toEqual([])
    await Promise.all([watcher.close(), reader.close()])
  })
})

describe('what goes wrong inside', () => {
  test('[X35] tells the caller nothing: one sentence by HTTP, a code on the socket', async () => {
    const own = await startServer({ build: 'test', env: { PARLEY_FAILPOINTS: 'before-commit:throw' } })
    onTestFinished(() => own.dispose())
    const fay = await newUser(own.url, 'fay')
    const made = await fay.call<{ conversation?: { id: string } }>('POST', '/api/conversations', { kind: 'group', title: 'confidential-title', members: [] })
    const room = made.body.conversation?.id ?? crypto.randomUUID()
    const answer = await fay.call('POST', `/api/conversations/${room}/messages`, { cid: newCid(), content: { type: 'text', text: 'confidential-text' } })
    expect(answer.status).toBe(500)
    expect(answer.body).toEqual({ statusCode: 500, message: 'internal error' })
    const socket = await connect(fay)
    socket.send(sendText(room, 'confidential-text'))
    const { code, reason } = await socket.closed
    expect([code, /^[a-z_]{0,30}$/.test(reason)]).toEqual([4007, true])
    expect(JSON.stringify(socket.frames)).not.toMatch(/failpoint|Error|\.mjs|\.ts/)
    await own.kill('SIGTERM')
    expect(own.logs()).toContain('failpoint')
    expect(own.logs()).not.toContain('confidential')
  })
})

test('[X7, X37] the log of all this holds no password, cookie, link or text, at its most talkative', async () => {
  const gil = await newUser(server.url, 'gil')
  const { id: room } = await gil.group('confidential-title')
  const invite = await gil.need<{ token: string }>('POST', `/api/conversations/${room}/invites`, {})
  const { token } = await gil.need<{ token: string }>('POST', '/api/me/tokens', { name: 'bot' })
  const reset = await admin.need<{ token: string }>('POST', `/api/admin/users/${ben.account.id}/reset`, {})
  for (const secret of [invite.token, reset.token, token]) expect(secret.length).toBeGreaterThan(20)
  for (const path of [`/api/invites/${invite.token}`, `/api/reset/${reset.token}`, `/invite/${invite.token}`, `/reset/${reset.token}`, `/api/none/${invite.token}`, '/api/search?q=confidential-text']) await fetch(server.url + path, { headers: { cookie: gil.cookie } })
  await new HttpClient(server.url).call('POST', `/api/reset/${reset.token}`, { password: 'confidential-password-1' })
  const form = new FormData()
  form.append('file', new Blob(['confidential-text']), 'confidential-name.txt')
  await fetch(`${server.url}/api/attachments`, { method: 'POST', body: form, headers: { cookie: gil.cookie, origin: server.url } })
  await server.kill('SIGTERM')
  const log = server.logs()
  expect(log.length).toBeGreaterThan(200)
  const secrets = [goodPassword, 'not this one, though', invite.token, reset.token, token, 'confidential', ...[admin, ann, ben, gil].map(({ cookie }) => cookie.split('=')[1]!)]
  expect(secrets.filter(secret => log.includes(secret))).toEqual([])
})
