import { expect, onTestFinished, test } from 'vitest'
import { PushSender } from '#parley/server/push/push-sender.ts'
import type { PushMessage } from '#parley/server/push/push-message.ts'
import { makeVapidKey, publicVapidKey } from '#parley/server/push/vapid.ts'
import { createManualClock } from '#parley/tests/helpers/manual-clock.ts'
import { openPushEndpoint } from '#parley/tests/helpers/push-endpoint.ts'

const privateKey = makeVapidKey()
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

test('push services of one user that take and never answer hold up nobody else\'s messages', async () => {
  const service = await openPushEndpoint()
  const called: string[] = []
  const hanging: (() => void)[] = []
  const sender = new PushSender({
    clock: createManualClock(), random: { next: () => 0.5 }, log: quiet, onGone: async () => undefined,
    identity: { privateKey, publicKey: publicVapidKey(privateKey), subject: 'mailto:ann@example.org' },
    transport: ({ endpoint }) => {
      called.push(new URL(endpoint).pathname)
      return endpoint.includes('trap')
        ? new Promise((resolve) => {
            hanging.push(() => resolve({ status: 201 }))
          })
        : Promise.resolve({ status: 201 })
    },
  })
  onTestFinished(async () => {
    sender.close()
    await service.close()
  })
  const message = (user: string, name: string): PushMessage => {
    const { endpoint, keys } = service.subscribe(name)
    return { subscription: { id: name, user, login: 'l', endpoint, ...keys, createdAt: 0 }, topic: name, urgency: 'normal', payload: '{}' }
  }
  for (let n = 0; n < 20; n++) sender.send(message('mallory', `trap-${n}`))
  for (let n = 0; n < 12; n++) sender.send(message(`user-${n}`, `good-${n}`))
  await expect.poll(() => called.filter(path => path.startsWith('/good')).length).toBe(12)
  expect(called.filter(path => path.startsWith('/trap'))).toEqual(['/trap-0', '/trap-1'])
  // All of them go in the end.
  await expect.poll(() => {
    for (const answer of hanging.splice(0)) answer()
    return called.length
  }).toBe(32)
})
