import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newCid } from '#parley/tests/helpers/op-frames.ts'
import { newUser } from '#parley/tests/helpers/http-client.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'
import { connect } from '#parley/tests/helpers/socket-client.ts'

/** Pages that are made of parts, held against the same pages rendered whole: which those are that ask for more than a conversation. */

type User = Awaited<ReturnType<typeof newUser>>
type Headers = Record<string, string>

let server: ServerProcess
let [anna, ben, cleo]: User[] = []

beforeAll(async () => {
  server = await startServer({ env: { NUXT_RATE_LIMIT: '0', NUXT_LOG_LEVEL: 'debug' } });
  [anna, ben, cleo] = [await newUser(server.url, 'anna'), await newUser(server.url, 'ben'), await newUser(server.url, 'cleo')]
})
afterAll(() => server.dispose())

async function page(user: User, path: string, headers: Headers = {}) {
  const { cookie = '', ...others } = headers
  const ask = async () => {
    const answer = await fetch(server.url + path, { headers: { cookie: [user.cookie, cookie].filter(Boolean).join('; '), ...others }, redirect: 'manual' })
    return { status: answer.status, headers: answer.headers, html: await answer.text() }
  }
  // A machine that is busy for longer than a page waits for the store gives the page without its view; that says nothing of either way to make it.
  let given = await ask()
  for (let tries = 0; tries < 5 && given.html.includes('<div id="__nuxt"></div>'); tries++) given = await ask()
  return given
}

/** Pages so far that were made of their parts. */
const made = () => server.logs().split('a page was made of its parts').length - 1

const nonceOf = (html: string) => /nonce="([^"]+)"/.exec(html)?.[1] ?? ''
/** Without what is another in each page, or is written a moment after somebody has left. */
const steady = (html: string) => html.replaceAll(nonceOf(html), 'nonce').replaceAll(/,"lastSeen":\d+/g, '').replace(/"at":\d+(?=,(?:"zone":"[^"]*",)?"opened")/, '"at":0').replaceAll(/[?&]whole/g, '')

/** The page as it is given, and the same rendered whole; made of parts from the third person's on at the latest. */
async function both(user: User, path: string, headers?: Headers) {
  const whole = await page(user, `${path}${path.includes('?') ? '&' : '?'}whole`, headers)
  const given = await page(user, path, headers)
  expect(given.status).toBe(200)
  expect(steady(given.html)).toBe(steady(whole.html))
  const shared = (answer: typeof given) => [...answer.headers].filter(([name]) => !['date', 'content-length', 'content-security-policy', 'set-cookie'].includes(name)).toSorted()
  expect(shared(given)).toEqual(shared(whole))
  expect(given.headers.get('content-security-policy')).toContain(`'nonce-${nonceOf(given.html)}'`)
  expect(given.headers.getSetCookie().join()).not.toContain('parley-session')
  return given.html
}

const say = (user: User, conversation: string, text: string, replyTo?: number) =>
  user.need<{ seq: number }>('POST', `/api/conversations/${conversation}/messages`, { cid: newCid(), content: { type: 'text', text }, ...(replyTo === undefined ? {} : { replyTo }) })

async function change(user: User, op: { type: 'edit' | 'delete' | 'react', conversation: string, target: number, content?: object, emoji?: string, on?: boolean }): Promise<void> {
  const socket = await connect(user)
  const cid = newCid()
  socket.send({ ...op, cid })
  await socket.next('ack', frame => JSON.stringify(frame).includes(cid))
  await socket.close()
}

/** So that frames are known: pages of several people, in conversations of their own, each asked for often enough. */
async function warmUp(headers?: Headers): Promise<void> {
  for (const user of [anna!, ben!, cleo!]) {
    const { id } = await user.group(`Warm ${user.account.username}`)
    await say(user, id, 'good morning')
    for (let n = 0; n < 2; n++) await page(user, `/chat/${id}`, headers)
  }
}

const hostile = '</title><script>globalThis.hit = 1</script>"\'&/\u2028🙂'

/** A conversation of two with messages of every plain kind; each time alike, so that its page has the frame of others. */
async function filled(owner: User, other: User): Promise<string> {
  const { id } = await owner.group(`${hostile} ${owner.account.username}`, [other.account.id])
  const first = await say(other, id, 'the first')
  await say(owner, id, 'an answer', first.seq)
  await say(other, id, `${hostile} https://example.org/a?b=c&d @${owner.account.username}`)
  await say(owner, id, 'with **forms** and `code`\n\n- and\n- a list')
  await say(other, id, '🙂')
  await say(owner, id, 'x'.repeat(3_000))
  const gone = await say(owner, id, 'to be recalled')
  await change(owner, { type: 'delete', conversation: id, target: gone.seq })
  await change(other, { type: 'react', conversation: id, target: first.seq, emoji: '👍', on: true })
  await owner.need('POST', `/api/conversations/${id}/pins`, { seq: first.seq })
  return id
}

describe('a page that is made of parts', () => {
  test('[X33] is letter for letter the page rendered whole: kinds of conversation and message, languages, themes, zones, places', async () => {
    const pairs = [[anna!, ben!], [ben!, cleo!], [cleo!, anna!]] as const
    const rooms: { id: string, members: readonly User[] }[] = []
    for (const members of pairs) {
      const [one, other] = members
      rooms.push({ id: await filled(one, other), members })
      const { conversation: { id } } = await one.need<{ conversation: { id: string } }>('POST', '/api/conversations', { kind: 'direct', user: other.account.id })
      await say(one, id, 'between us')
      rooms.push({ id, members })
    }
    const choices: Headers[] = [{}, { 'accept-language': 'zh-CN,zh;q=0.9' }, { cookie: 'parley-locale=zh-CN; parley-theme=dark; parley-send-key=mod-enter; parley-zone=Asia%2FTokyo' }]
    let given = 0
    const before = made()
    for (const headers of choices) {
      for (let round = 0; round < 2; round++) {
        for (const { id, members } of rooms) {
          for (const user of members) {
            for (const path of [`/chat/${id}`, `/chat/${id}?at=3`]) {
              await both(user, path, headers)
              given++
            }
          }
        }
      }
    }
    // Not those of which frames were learned, nor those of the only admin, with whom nobody shares a frame.
    expect(made() - before).toBeGreaterThan(given / 4)
  })

  test('[S8, X33] shows what the store says now: edits, recalled texts, blocked people and lost membership at once', async () => {
    await warmUp()
    const { id } = await anna!.group('Now', [ben!.account.id, cleo!.account.id])
    const { seq } = await say(anna!, id, 'before the edit')
    for (const user of [ben!, cleo!]) expect(await both(user, `/chat/${id}`)).toContain('before the edit')
    await change(anna!, { type: 'edit', conversation: id, target: seq, content: { type: 'text', text: 'after it' } })
    for (const user of [ben!, cleo!]) {
      const html = await both(user, `/chat/${id}`)
      expect(html).toContain('after it')
      expect(html).not.toContain('before the edit')
    }
    await change(anna!, { type: 'delete', conversation: id, target: seq })
    for (const user of [ben!, cleo!]) expect(await both(user, `/chat/${id}`)).not.toContain('after it')
    await say(anna!, id, 'for members')
    await both(ben!, `/chat/${id}`)
    await anna!.need('DELETE', `/api/conversations/${id}/members/${ben!.account.id}`)
    expect((await page(ben!, `/chat/${id}`)).html).not.toContain('for members')
    expect(await both(cleo!, `/chat/${id}`)).toContain('for members')
    const stranger = await page({ ...cleo!, cookie: '' } as User, `/chat/${id}`)
    expect([stranger.status, stranger.headers.get('location')]).toEqual([302, `/login?next=${encodeURIComponent(`/chat/${id}`)}`])
  })

  test('[A5] is given to nobody whose log-in has ended, however often it was given before', async () => {
    await warmUp()
    const dora = await newUser(server.url, 'dora')
    const { id } = await dora.group('Hers')
    await say(dora, id, 'words of hers')
    const before = made()
    for (let n = 0; n < 3; n++) expect(await both(dora, `/chat/${id}`)).toContain('words of hers')
    expect(made()).toBeGreaterThan(before)
    const { cookie } = dora
    await dora.call('POST', '/api/auth/logout')
    const after = await page({ ...dora, cookie } as User, `/chat/${id}`)
    expect([after.status, after.html.includes('words of hers')]).toEqual([302, false])
  })

  test('[X27] has a nonce of its own', async () => {
    await warmUp()
    const { id } = await anna!.group('Nonces')
    await say(anna!, id, 'hello')
    const nonces = new Set<string>()
    for (let n = 0; n < 6; n++) nonces.add(nonceOf((await page(anna!, `/chat/${id}`)).html))
    expect(nonces.size).toBe(6)
  })
})
