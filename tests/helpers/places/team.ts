import type { Attachment, Content, ConversationSummary, Account } from '#parley/shared/model.ts'
import { HttpClient } from '#parley/tests/helpers/http-client.ts'
import { painted, wav } from '#parley/tests/helpers/sample-files.ts'
import { connect } from '#parley/tests/helpers/socket-client.ts'

/** A person of the team, logged in. */
export type Teammate = HttpClient & { account: Account }

/** A small team at work, as pictures and tests of whole pages want it: two languages, everything that a message can be. */
export interface Team {
  /** The one whose screen is shown; the first account, so an admin. */
  me: Teammate
  /** Someone without a single conversation. */
  newcomer: Teammate
  lin: Teammate
  noor: Teammate
  sam: Teammate
  rooms: { release: string, design: string, empty: string, code: string, news: string, chinese: string, direct: string, long: string }
  inviteToken: string
  /** A group of one's own with someone else, new each time. */
  newRoom(title: string): Promise<string>
  close(room: string): Promise<void>
}

const password = 'a quiet place to talk'

async function arrive(base: string, username: string, displayName: string): Promise<Teammate> {
  const client = new HttpClient(base)
  const { user } = await client.need<{ user: Account }>('POST', '/api/auth/register', { username, displayName, password })
  return Object.assign(client, { account: user })
}

/** Hills at dusk: a picture with a sky, edges and soft colours costs no file in the repository. */
export function dusk(width: number, height: number, hue: 'warm' | 'cool' = 'warm'): Buffer {
  const sky: readonly [number, number, number][] = hue === 'warm' ? [[250, 196, 138], [228, 124, 116], [96, 74, 122]] : [[196, 224, 230], [116, 164, 196], [50, 84, 128]]
  const hills = [{ at: 0.62, tall: 0.09, wide: 1.7, shade: 0.62 }, { at: 0.74, tall: 0.07, wide: 2.9, shade: 0.42 }, { at: 0.86, tall: 0.05, wide: 4.3, shade: 0.24 }]
  const mix = (from: readonly number[], to: readonly number[], share: number) => from.map((part, index) => Math.round(part + (to[index]! - part) * share)) as [number, number, number]
  return painted(width, height, (x, y) => {
    const down = y / height
    for (const { at, tall, wide, shade } of hills.toReversed()) {
      if (down > at - tall * Math.sin(wide * (x / width) * Math.PI + wide)) return mix([18, 26, 34], sky[1]!, shade)
    }
    const sun = Math.hypot(x - width * 0.7, y - height * 0.42) / height
    const base = down < 0.45 ? mix(sky[2]!, sky[1]!, down / 0.45) : mix(sky[1]!, sky[0]!, (down - 0.45) / 0.55)
    return sun < 0.075 ? [255, 240, 214] : mix(base, sky[0]!, Math.max(0, 0.4 - sun))
  })
}

async function upload(who: Teammate, bytes: Buffer, name: string): Promise<Attachment> {
  const form = new FormData()
  form.set('file', new Blob([new Uint8Array(bytes)]), name)
  const response = await fetch(`${who.base}/api/attachments`, { method: 'POST', body: form, headers: { origin: who.base, cookie: who.cookie } })
  if (!response.ok) throw new Error(`upload of ${name}: ${response.status} ${await response.text()}`)
  return ((await response.json()) as { attachment: Attachment }).attachment
}

async function send(who: Teammate, room: string, content: Content, replyTo?: number): Promise<number> {
  const { seq } = await who.need<{ seq: number }>('POST', `/api/conversations/${room}/messages`, { cid: crypto.randomUUID(), content, ...(replyTo === undefined ? {} : { replyTo }) })
  return seq
}
const say = (who: Teammate, room: string, text: string, replyTo?: number) => send(who, room, { type: 'text', text }, replyTo)

/** Ops that have no call of their own. */
async function act(who: Teammate, ...ops: object[]): Promise<void> {
  const socket = await connect(who)
  for (const op of ops) {
    const cid = crypto.randomUUID()
    socket.send({ ...op, cid })
    await socket.next('ack', frame => frame.cid === cid)
  }
  await socket.close()
}

async function converse(who: Teammate, body: object): Promise<string> {
  return (await who.need<{ conversation: ConversationSummary }>('POST', '/api/conversations', body)).conversation.id
}

type People = Record<'me' | 'lin' | 'noor' | 'sam' | 'wang' | 'mia', Teammate>

async function talkOfTheRelease({ me, lin, noor, sam }: People, room: string): Promise<void> {
  const ready = await say(noor, room, 'Morning! The migration ran clean on the copy of production, 41 seconds in all.')
  await say(noor, room, 'I kept the old table for a week, just in case.')
  await say(me, room, 'Lovely. Then we go ahead at ten.')
  const tested = await say(lin, room, '我这边测试都过了，包括断网重连')
  await say(lin, room, '两个标签页同时发消息也没有重复')
  await say(sam, room, 'I pulled the plug on the switch mid-sentence to see what happens. It said **waiting for network**, and then it simply was there.')
  await say(me, room, 'That is the whole idea 🙂', tested)
  await say(noor, room, 'Notes are here: https://intranet.example.com/release/2026-11')
  await say(me, room, '@lin 你来写中文公告可以吗？')
  await say(lin, room, '没问题，下午发给大家看 👍')
  const announcement = await say(me, room, 'Thanks! Shall we do the anouncement together, after lunch?')
  await say(sam, room, 'Yes, I will bring coffee.')
  await act(lin, { type: 'react', conversation: room, target: ready, emoji: '🎉', on: true })
  await act(sam, { type: 'react', conversation: room, target: ready, emoji: '🎉', on: true }, { type: 'react', conversation: room, target: tested, emoji: '👍', on: true })
  await me.need('POST', `/api/conversations/${room}/pins`, { seq: ready })
  await act(me, { type: 'edit', conversation: room, target: announcement, content: { type: 'text', text: 'Thanks! Shall we do the announcement together, after lunch?' } })
}

async function talkOfDesign({ me, lin, sam }: People, room: string): Promise<void> {
  await say(lin, room, '新海报的两个版本，大家觉得哪个好？')
  const warm = await send(lin, room, { type: 'image', attachment: await upload(lin, dusk(900, 600), 'poster-warm.png'), text: '暖色版' })
  await send(lin, room, { type: 'image', attachment: await upload(lin, dusk(480, 640, 'cool'), 'poster-cool.png') })
  await say(sam, room, 'The warm one, no doubt.', warm)
  await send(me, room, { type: 'file', attachment: await upload(me, Buffer.from('Title,Price\nA2 poster,14\n'), 'print shop prices 2026-11.csv'), text: 'Prices of the print shop' })
  await send(sam, room, { type: 'audio', attachment: { ...await upload(sam, wav(96_000), 'voice.wav'), duration: 12 } })
  const slip = await say(me, room, 'wrong window, sorry')
  await act(me, { type: 'delete', conversation: room, target: slip })
  await act(me, { type: 'react', conversation: room, target: warm, emoji: '😍', on: true })
}

const sample = `Found it. The timer was never cleared:

\`\`\`ts
const timer = setTimeout(() => retry(attempt + 1), backoff(attempt))
onScopeDispose(() => clearTimeout(timer)) // this line was missing
\`\`\`

- restart the worker
- watch \`p99\` for an hour

> 先在测试环境跑一晚上`

async function talkOfCode({ me, wang, noor }: People, room: string): Promise<void> {
  await say(wang, room, '线上偶尔会重连两次，有人知道为什么吗？')
  await say(me, room, sample)
  await say(noor, room, '```sql\nselect conversation, max(seq) from messages where sender = ? group by conversation having count(*) > 1 order by 2 desc\n```')
  await say(wang, room, '✅')
}

/** What breaks layouts: long words, long addresses, two scripts in one line, signs from right to left. */
async function longTexts({ me, lin }: People, room: string): Promise<void> {
  await say(lin, room, `https://example.com/a/very/long/path/without/any/break/${'segment-'.repeat(12)}end?query=${'x'.repeat(80)}`)
  await say(me, room, `Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen${'verlängerung'.repeat(6)}`)
  await say(lin, room, '这条消息里有English words和中文混排，还有longidentifier_with_underscores_and_more_underscores以及１２３全角数字，换行应当自然。'.repeat(2))
  await say(me, room, 'مرحبا بالعالم — שלום עולם — hello world')
  await say(lin, room, Array.from({ length: 30 }, (_, line) => `${line + 1}. 会议纪要第${line + 1}条`).join('\n'))
}

async function gather(base: string): Promise<People & { newcomer: Teammate }> {
  const me = await arrive(base, 'ada', 'Ada Lindqvist')
  const [lin, noor, sam, wang, mia, newcomer] = await Promise.all([
    arrive(base, 'lin', '林小雨'), arrive(base, 'noor', 'Noor Haddad'), arrive(base, 'sam', 'Sam Okafor'), arrive(base, 'wanglei', '王磊'), arrive(base, 'mia', 'Mia Ćosić'), arrive(base, 'newcomer', '新同事 Kim'),
  ])
  return { me, lin, noor, sam, wang, mia, newcomer }
}

async function makeRooms({ me, lin, noor, sam, wang, mia }: People): Promise<Team['rooms']> {
  const all = [lin, noor, sam, wang, mia].map(({ account }) => account.id)
  const group = (title: string, owner = me) => converse(owner, { kind: 'group', title, members: [...all, me.account.id].filter(id => id !== owner.account.id) })
  const long = await group('非常长的会话名称 a conversation with a very long name that fits nowhere')
  const code = await group('Backend 后端')
  const empty = await converse(me, { kind: 'group', title: 'Ideas 2027', members: [] })
  const news = await converse(lin, { kind: 'channel', title: '公告 News', members: [me.account.id, noor.account.id] })
  const chinese = await converse(lin, { kind: 'direct', user: me.account.id })
  const direct = await converse(sam, { kind: 'direct', user: me.account.id })
  return { long, code, empty, news, chinese, direct, design: await group('设计 Design'), release: await group('Release week') }
}

/** Makes the team and what they have said on a server without accounts. */
export async function gatherTeam(base: string): Promise<Team> {
  const people = await gather(base)
  const { me, lin, sam, noor, wang, mia } = people
  const rooms = await makeRooms(people)
  await me.need('PATCH', `/api/conversations/${rooms.release}`, { topic: 'Version 0.2 ships on Thursday · 周四发布' })
  await say(lin, rooms.news, '本周五下午全员会议，地点二楼大会议室。\nAll hands on Friday, second floor.')
  await longTexts(people, rooms.long)
  await talkOfCode(people, rooms.code)
  await say(mia, rooms.code, '@ada could you look at the failing build?')
  await say(sam, rooms.direct, 'The tickets for Thursday are booked, window seats.')
  await say(lin, rooms.chinese, '明天下午三点开会，会议室改到二楼了')
  await say(me, rooms.chinese, '好的，我带投影仪')
  await talkOfDesign(people, rooms.design)
  await talkOfTheRelease(people, rooms.release)
  await me.need('PATCH', `/api/conversations/${rooms.release}/me`, { pinned: true })
  await converse(wang, { kind: 'direct', user: me.account.id }).then(room => say(wang, room, '周报发你了'))
  const open = await converse(noor, { kind: 'group', title: 'Running club', members: [] })
  await noor.need('PATCH', `/api/conversations/${open}`, { public: true, topic: 'Tuesdays at seven, any pace' })
  await noor.need('POST', `/api/conversations/${rooms.code}/messages/2/report`, { reason: 'other', note: 'Not meant for this room, I think.' })
  const { token } = await me.need<{ token: string }>('POST', `/api/conversations/${rooms.release}/invites`, { maxUses: 5 })
  return {
    ...people, rooms, inviteToken: token,
    newRoom: title => converse(me, { kind: 'group', title, members: [lin.account.id] }),
    close: async room => void await me.need('DELETE', `/api/conversations/${room}`),
  }
}
