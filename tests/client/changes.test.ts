import { expect, it } from 'vitest'
import { Changes } from '#parley/client/changes.ts'
import type { Change } from '#parley/client/types.ts'
import { fakeEnvironment } from '#parley/tests/helpers/fake-environment.ts'
import { ScriptedServer } from '#parley/tests/helpers/scripted-server.ts'

function setup(frames: boolean) {
  const real = fakeEnvironment(new ScriptedServer())
  const environment = frames ? real : { ...real, frame: () => () => {} }
  const changes = new Changes(environment, () => 0)
  const told: Change[] = []
  changes.on(change => void told.push(change))
  return { clock: real.clock, changes, told }
}

it('[F4] a burst is told once, in the next frame', async () => {
  const { clock, changes, told } = setup(true)
  for (let made = 0; made < 1_000; made++) {
    changes.timeline('c')
    changes.conversations()
    changes.overdue()
  }
  expect(told).toEqual([])
  await clock.advance(20)
  expect(told).toEqual([{ type: 'conversations' }, { type: 'timeline', conversation: 'c' }])
})

it('[U-R3] where no frame comes, what arrives later brings along what waits', async () => {
  const { clock, changes, told } = setup(false)
  changes.timeline('c')
  await clock.advance(200)
  changes.overdue()
  expect(told).toEqual([])
  await clock.advance(60)
  changes.overdue()
  expect(told).toEqual([{ type: 'timeline', conversation: 'c' }])
  changes.overdue()
  expect(told).toHaveLength(1)
})
