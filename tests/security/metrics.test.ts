import { expect, onTestFinished, test } from 'vitest'
import { newUser } from '#parley/tests/helpers/http-client.ts'
import { sendText } from '#parley/tests/helpers/op-frames.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import { connect, dial, refusedStatus } from '#parley/tests/helpers/socket-client.ts'

/** What an operator sees of an attack, and nobody else. */

test('[X38] metrics count connections, rejects, doubles, refusals and bytes, and are told to this machine or by a token only', async () => {
  const token = 'a-token-for-the-scraper-0123456789'
  const [open, guarded] = await Promise.all([startServer(), startServer({ env: { NUXT_METRICS_TOKEN: token } })])
  onTestFinished(() => Promise.all([open.dispose(), guarded.dispose()]).then(() => undefined))
  const ann = await newUser(open.url, 'ann')
  const { id: room } = await ann.group('confidential-title')
  const socket = await connect(ann)
  const op = sendText(room, 'confidential-text')
  socket.send(op, op, sendText(crypto.randomUUID(), 'confidential-text'))
  await socket.next('ack')
  await socket.next('ack')
  await socket.next('reject')
  await refusedStatus(dial(open.url, { token: 'x', origin: 'https://evil.io' }))
  const scrape = async (headers: Record<string, string> = {}, base = open.url) => fetch(`${base}/metrics`, { headers })
  const text = await (await scrape()).text()
  const value = (name: string) => [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? ([\\d.e+-]+)$`, 'gm'))].reduce((sum, [, number]) => sum + Number(number), 0)
  expect(value('parley_connections')).toBe(1)
  expect(value('parley_duplicate_ops_total')).toBe(1)
  expect(value('parley_rejects_total')).toBe(1)
  expect(value('parley_ack_seconds_count')).toBeGreaterThan(0)
  for (const name of ['parley_buffered_bytes', 'parley_audit_repairs_total', 'parley_connections_closed_total', 'parley_upgrades_refused_total', 'parley_bad_frames_total']) expect(text).toContain(`# TYPE ${name} `)
  expect(text).not.toMatch(/confidential/)
  for (const secret of [ann.account.id, ann.account.username, room]) expect(text).not.toContain(`"${secret}"`)
  const from = { 'x-forwarded-for': '198.51.100.7' }
  const statuses = await Promise.all([scrape(from), scrape({ host: 'chat.example.com', ...from }), scrape({}, guarded.url), scrape({ authorization: `Bearer ${token}x` }, guarded.url), scrape({ authorization: `Bearer ${token}`, ...from }, guarded.url)])
  expect(statuses.map(({ status }) => status)).toEqual([404, 404, 404, 404, 200])
  await socket.close()
})
