import type { Attachment } from '#parley/shared/model.ts'
import type { Attacker } from '#parley/scripts/fuzz/places.ts'
import { goodPassword, newUser } from '#parley/tests/helpers/http-client.ts'
import type { HttpClient } from '#parley/tests/helpers/http-client.ts'
import { png } from '#parley/tests/helpers/sample-files.ts'

/** What all attackers know of the world. */
export interface Targets {
  origin: string
  /** A conversation that none of them is in. */
  foreign: string
  /** A user to talk to, invite and mute. */
  user: string
}

async function upload(client: HttpClient): Promise<string> {
  const form = new FormData()
  form.set('file', new Blob([new Uint8Array(png(8, 8))]), 'picture.png')
  const response = await fetch(`${client.base}/api/attachments`, { method: 'POST', body: form, headers: { origin: client.base, cookie: client.cookie } })
  return ((await response.json()) as { attachment: Attachment }).attachment.id
}

/** Arms an account: a conversation with two messages, a file, an API token. */
async function arm(client: HttpClient, me: string, name: string, targets: Targets): Promise<Attacker> {
  const { id: room } = await client.group('A room of attackers')
  for (const text of ['first', 'second']) await client.need('POST', `/api/conversations/${room}/messages`, { cid: crypto.randomUUID(), content: { type: 'text', text } })
  const { token } = await client.need<{ token: string }>('POST', '/api/me/tokens', { name: 'fuzz' })
  const file = await upload(client)
  const places = { me, name, password: goodPassword, room, id: room, file, seq: '1', user: targets.user, foreign: targets.foreign, token: 'abc', invite: 'abc', hook: 'abc', fresh: `${name}x` }
  return { client, name, password: goodPassword, token, places }
}

export async function createAttacker(name: string, targets: Targets): Promise<Attacker> {
  const client = await newUser(targets.origin, name)
  return arm(client, client.account.id, name, targets)
}

/** Whether its log-in, its token and its conversation are still there: attacks end accounts, too. */
export async function isArmed({ client, token, places }: Attacker): Promise<boolean> {
  const asked = [await client.call('GET', '/api/me'), await client.call('GET', `/api/conversations/${places['room']}`), await client.call('GET', '/api/me', undefined, { cookie: '', authorization: `Bearer ${token}` })]
  return asked.every(({ status }) => status === 200)
}

export const armAdmin = (admin: HttpClient & { account: { id: string, username: string } }, targets: Targets): Promise<Attacker> => arm(admin, admin.account.id, admin.account.username, targets)
