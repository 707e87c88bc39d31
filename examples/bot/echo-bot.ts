import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'

/** A bot over the WebSocket of docs/PROTOCOL.md: answers `!echo …` once, whatever breaks. `PARLEY_TOKEN=… node examples/bot/echo-bot.ts` */
const { PARLEY_URL: server = 'http://127.0.0.1:3000', PARLEY_TOKEN: token = '' } = process.env
interface LogEvent { seq: number, kind: string, sender: string, content?: { text?: string } }
/** Seqs up to which all is answered. The server keeps them as the bot's read positions, so that it misses nothing while it is away. */
const cursors = new Map<string, number>()

/** One message is always answered under one cid: sent again after a crash, the answer stands there once (S3). */
const cidFor = (conversation: string, seq: number): string =>
  createHash('sha256').update(`${conversation} ${seq}`).digest('hex').replace(/^(.{8})(.{4})(.{3})(.{3})(.{12}).*/, '$1-$2-8$3-8$4-$5')

/** One connection, from its ticket to its end. @throws Error the token counts no longer */
async function session(): Promise<void> {
  const answer = await fetch(`${server}/api/ws/ticket`, { method: 'POST', headers: { authorization: `Bearer ${token}` } })
  if (answer.status === 401 || answer.status === 403) throw new Error('the token does not count')
  if (!answer.ok) return
  const socket = new WebSocket(`${server.replace(/^http/, 'ws')}/_ws?token=${(await answer.json() as { token: string }).token}&appname=echo-bot`, 'parley.v1')
  const send = (frame: object): void => socket.send(JSON.stringify(frame))
  const sync = (conversation: string): void => send({ type: 'sync', ref: conversation, conversation, after: cursors.get(conversation) ?? 0, whole: true })
  const waiting = new Map<string, () => void>()
  let [me, work] = ['', Promise.resolve()]

  async function take(conversation: string, { seq, kind, sender, content }: LogEvent): Promise<void> {
    const next = (cursors.get(conversation) ?? 0) + 1
    if (seq !== next) return seq > next ? sync(conversation) : undefined
    const text = kind === 'message' && sender !== me ? /^!echo\s+(.+)/s.exec(content?.text ?? '')?.[1] : undefined
    if (text !== undefined) {
      const cid = cidFor(conversation, seq)
      send({ type: 'send', cid, conversation, content: { type: 'text', text }, replyTo: seq })
      // Not a step further before the server has it (S2): a crash in between must not lose the answer.
      await new Promise<void>(done => waiting.set(cid, done))
    }
    cursors.set(conversation, seq)
    send({ type: 'read', conversation, seq })
  }

  socket.onmessage = ({ data }) => {
    for (const frame of [JSON.parse(data as string)].flat()) {
      if (frame.type === 'ping') send({ type: 'pong' })
      if (frame.type === 'ack' || frame.type === 'reject') waiting.get(frame.cid)?.()
      if (frame.type === 'welcome') me = frame.user.id
      const joined = frame.type === 'conversation' ? { [frame.conversation.id]: [0, frame.conversation.readSeq] } : {}
      for (const [id, [, read]] of Object.entries<[number, number]>({ ...frame.heads, ...joined })) {
        if (!cursors.has(id)) cursors.set(id, read)
        sync(id)
      }
      for (const event of frame.event ? [frame.event] : frame.events ?? []) work = work.then(() => take(frame.conversation, event))
      if (frame.more === true) work = work.then(() => sync(frame.conversation))
    }
  }
  await new Promise(resolve => socket.onclose = resolve)
}

for (;;) {
  await session().catch((error: Error) => error.message.startsWith('the token') ? process.exit(1) : undefined)
  await pause(500 + 4_500 * Math.random())
}
