import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import type { AccountResponse, ConversationResponse } from '#parley/shared/http.ts'
import { makeCid } from '#parley/shared/cid.ts'
import { launchBrowser } from '#parley/tests/helpers/browser.ts'

/**
 * Makes the pictures of the README from the built server, in docs/images/: `npm run build && npm run screenshots`. People, messages and
 * server are made for it and thrown away.
 */

const server = '.output/server/index.mjs'
const target = 'docs/images'
const password = 'a quiet place to talk'

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => probe.once('listening', resolve))
  const address = probe.address()
  probe.close()
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

async function start(dataDir: string): Promise<{ origin: string, process: ChildProcess }> {
  if (!existsSync(server)) throw new Error(`${server} is not there: run npm run build first`)
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, [server], { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, HOST: '127.0.0.1', PORT: String(port), NUXT_DATA_DIR: dataDir, NUXT_RATE_LIMIT: '0' } })
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await fetch(`${origin}/api/ready`).then(answer => answer.ok, () => false)) return { origin, process: child }
    await wait(100)
  }
  child.kill()
  throw new Error('the server did not become ready within 10 s')
}

interface Person { id: string, username: string, cookie: string }

class Api {
  readonly #origin: string
  constructor(origin: string) {
    this.#origin = origin
  }

  async register(username: string, displayName: string): Promise<Person> {
    const answer = await this.#call('POST', '/api/auth/register', '', { username, displayName, password })
    const cookie = answer.headers.getSetCookie().map(line => line.split(';')[0]).join('; ')
    const { user } = await answer.json() as AccountResponse
    return { id: user.id, username, cookie }
  }

  async converse(owner: Person, body: object): Promise<string> {
    const answer = await this.#call('POST', '/api/conversations', owner.cookie, body)
    return (await answer.json() as ConversationResponse).conversation.id
  }

  async say(person: Person, conversation: string, text: string): Promise<void> {
    const cid = makeCid(crypto.getRandomValues(new Uint8Array(16)), Date.now())
    await this.#call('POST', `/api/conversations/${conversation}/messages`, person.cookie, { cid, content: { type: 'text', text } })
  }

  async #call(method: string, path: string, cookie: string, body: object): Promise<Response> {
    const answer = await fetch(this.#origin + path, { method, headers: { 'content-type': 'application/json', 'origin': this.#origin, cookie }, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return answer
  }
}

/** A small world that looks like a working day. */
async function furnish(origin: string): Promise<{ me: Person, others: Person[], open: string, chats: string[] }> {
  const api = new Api(origin)
  const me = await api.register('ada', 'Ada')
  const lin = await api.register('lin', '林小雨')
  const sam = await api.register('sam', 'Sam Okafor')
  const noor = await api.register('noor', 'Noor Haddad')
  const direct = await api.converse(sam, { kind: 'direct', user: me.id })
  await api.say(sam, direct, 'The tickets for Thursday are booked, window seats.')
  const chinese = await api.converse(lin, { kind: 'direct', user: me.id })
  await api.say(lin, chinese, '明天下午三点开会，会议室改到二楼了')
  await api.say(me, chinese, '好的，我带投影仪')
  const open = await api.converse(me, { kind: 'group', title: 'Release week', members: [lin.id, sam.id, noor.id] })
  const talk: [Person, string][] = [
    [noor, 'Morning! The migration ran clean on the copy of production, 41 seconds in all.'],
    [noor, 'I kept the old table for a week, just in case.'],
    [me, 'Lovely. Then we go ahead at ten.'],
    [lin, '我这边测试都过了，包括断网重连'],
    [lin, '两个标签页同时发消息也没有重复'],
    [sam, 'I pulled the plug on the switch mid-sentence to see what happens. It said "waiting for network", and then it simply was there.'],
    [me, 'That is the whole idea 🙂'],
    [noor, 'Notes are here: https://intranet.example.com/release/2026-11'],
    [me, 'Thanks! Reading them now. Shall we do the announcement together, after lunch?'],
    [sam, 'Yes, I will bring coffee.'],
  ]
  for (const [person, text] of talk) await api.say(person, open, text)
  return { me, others: [lin, noor, sam], open, chats: [direct, chinese] }
}

async function openPage(browser: Browser, origin: string, person: Person, look: { width: number, height: number, scheme: 'light' | 'dark' }): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: look.width, height: look.height }, colorScheme: look.scheme, deviceScaleFactor: 2, locale: 'en-GB' })
  await context.addCookies(person.cookie.split('; ').map((pair) => {
    const cut = pair.indexOf('=')
    return { name: pair.slice(0, cut), value: pair.slice(cut + 1), url: origin }
  }))
  return context.newPage()
}

/** Opens a conversation and reads it to its end. */
async function read(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.locator('[data-testid="connection-status"][data-state="online"]').waitFor({ state: 'attached' })
  await page.locator('[data-testid="message"]').last().waitFor()
  await page.keyboard.press('Escape')
  const down = page.locator('[data-testid="jump-to-bottom"]')
  if (await down.isVisible()) await down.click()
  await wait(2_500) // a row counts as read after a second in view (U-R1)
}

async function picture(page: Page, url: string, file: string): Promise<void> {
  await read(page, url)
  await page.reload()
  await page.locator('[data-testid="message"]').last().waitFor()
  await page.evaluate(() => document.fonts.ready)
  await wait(1_000) // avatars and transitions come to rest
  await page.screenshot({ path: join(target, file) })
  console.log(join(target, file))
}

const dataDir = mkdtempSync(join(tmpdir(), 'parley-screenshots-'))
const running = await start(dataDir)
const browser = await launchBrowser()
try {
  mkdirSync(target, { recursive: true })
  const { me, others, open, chats } = await furnish(running.origin)
  const url = `${running.origin}/chat/${open}`
  const desktop = { width: 1180, height: 760, scheme: 'light' } as const
  for (const person of others) await read(await openPage(browser, running.origin, person, desktop), url)
  const reader = await openPage(browser, running.origin, me, desktop)
  await read(reader, `${running.origin}/chat/${chats[1]}`)
  await reader.close()
  await picture(await openPage(browser, running.origin, me, desktop), url, 'chat.png')
  await picture(await openPage(browser, running.origin, me, { ...desktop, scheme: 'dark' }), url, 'chat-dark.png')
  await picture(await openPage(browser, running.origin, me, { width: 390, height: 780, scheme: 'light' }), url, 'chat-phone.png')
}
finally {
  await browser.close()
  running.process.kill()
  rmSync(dataDir, { recursive: true, force: true })
}
