import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { newUser } from '#parley/tests/helpers/http-client.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import { connect } from '#parley/tests/helpers/socket-client.ts'

/** Five minutes pass in this one. */
const factor = 30

test('[X14] what another process has revoked closes its sockets within five minutes, and no others', async () => {
  const server = await startServer({ build: 'test', env: { PARLEY_TIME_FACTOR: String(factor) } })
  onTestFinished(() => server.dispose())
  const [ann, ben, cem] = [await newUser(server.url, 'ann'), await newUser(server.url, 'ben'), await newUser(server.url, 'cem')]
  const sockets = { ann: await connect(ann), ben: await connect(ben), cem: await connect(cem) }
  const database = new DatabaseSync(join(server.dataDir, 'parley.db'), { timeout: 5_000 })
  database.prepare('delete from logins where user = (select num from users where id = ?)').run(ann.account.id)
  database.prepare('update users set disabled = 1 where id = ?').run(ben.account.id)
  database.close()
  const since = performance.now()
  expect([(await sockets.ann.closed).code, (await sockets.ben.closed).code]).toEqual([4504, 4503])
  expect(performance.now() - since).toBeLessThan(300_000 / factor + 5_000)
  sockets.cem.send({ type: 'ping' })
  await sockets.cem.next('pong')
  await sockets.cem.close()
})
