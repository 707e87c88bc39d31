import { expect, onTestFinished, test } from 'vitest'
import { createLoginWatch } from '#parley/server/auth/login-watch.ts'
import { createLoginSessions } from '#parley/server/auth/login-sessions.ts'
import { createApiTokens } from '#parley/server/auth/api-tokens.ts'
import type { Clock } from '#parley/server/chat/ports.ts'
import { timing } from '#parley/shared/protocol/index.ts'
import { settle } from '#parley/tests/helpers/manual-clock.ts'
import { ServerHarness } from '#parley/tests/helpers/server-harness.ts'

/** What another process has revoked is found within five minutes. */

async function connected() {
  const harness = new ServerHarness()
  await harness.users('ana', 'ben')
  const watch = createLoginWatch({ store: harness.store, chat: harness.chat, clock: harness.clock, log: harness.log })
  onTestFinished(() => watch.close())
  const sessions = createLoginSessions(harness.store, harness.clock)
  const tokens = createApiTokens(harness.store, harness.clock, harness.random)
  const open = async (user: string) => (await sessions.open(user, { userAgent: '', address: '' })).id
  return { harness, watch, open, tokens }
}

test('[A5] [X14] a login, a token or a user that the store knows no more closes its sockets at the next look, and no others', async () => {
  const { harness, open, tokens } = await connected()
  const [gone, kept] = [await open('ana'), await open('ana')]
  const { record } = await tokens.create('ana', 'bot')
  const pairs = {
    gone: await harness.connect('ana', { login: gone }),
    kept: await harness.connect('ana', { login: kept }),
    token: await harness.connect('ana', { login: record.id }),
    host: await harness.connect('ana', { login: 'host-x' }),
    ben: await harness.connect('ben', { login: await open('ben') }),
  }
  await harness.store.revokeLogin('ana', gone)
  await harness.store.revokeApiToken('ana', record.id)
  for (let at = 0; at < 300_000; at += 20_000) {
    for (const pair of Object.values(pairs)) if (!pair.closed) pair.send({ type: 'pong' })
    await harness.clock.advance(20_000)
  }
  await settle()
  expect(Object.fromEntries(Object.entries(pairs).map(([name, pair]) => [name, pair.closed?.code]))).toEqual({ gone: 4504, kept: undefined, token: 4504, host: undefined, ben: undefined })
})

test('[A5] [X14] so does a user who was disabled; a login that only ran out changes nothing', async () => {
  const { harness, watch, open } = await connected()
  await harness.store.createLogin({ id: 'old', user: 'ana', userAgent: '', address: '', createdAt: 1, lastSeenAt: 1, expiresAt: timing.loginAge })
  const ana = await harness.connect('ana', { login: 'old' })
  const ben = await harness.connect('ben', { login: await open('ben') })
  expect(await harness.store.changeUser('ben', { disabled: true }, [])).toBe('changed')
  await watch.look()
  expect([ana.closed?.code, ben.closed?.code]).toEqual([undefined, 4503])
})

test('[X33] [A5] a login of a shared computer lasts 12 hours from its beginning, however much it is used, and its sockets end with it', async () => {
  const { harness } = await connected()
  let now = harness.clock.now()
  // The wall clock alone: with the other, people would have to answer pings for half a day.
  const clock: Clock = { ...harness.clock, now: () => now }
  const sessions = createLoginSessions(harness.store, clock)
  const watch = createLoginWatch({ store: harness.store, chat: harness.chat, clock, log: harness.log })
  onTestFinished(() => watch.close())
  const short = await sessions.open('ana', { userAgent: '', address: '', shared: true })
  const usual = await sessions.open('ana', { userAgent: '', address: '' })
  const sockets = [await harness.connect('ana', { login: short.id }), await harness.connect('ana', { login: usual.id })]
  now += 11.9 * 3_600_000
  expect(await sessions.resume(short.id)).toMatchObject({ slid: false, login: { expiresAt: short.expiresAt, lastSeenAt: now } })
  expect(await sessions.resume(usual.id)).toMatchObject({ slid: true })
  await watch.look()
  expect(sockets.map(({ closed }) => closed?.code)).toEqual([undefined, undefined])
  now += 0.2 * 3_600_000
  expect(await sessions.resume(short.id)).toBeUndefined()
  expect(await sessions.resume(usual.id)).toBeDefined()
  await watch.look()
  expect(sockets.map(({ closed }) => closed?.code)).toEqual([4504, undefined])
})
