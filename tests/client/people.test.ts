import { describe, expect, it } from 'vitest'
import { online } from '#parley/tests/helpers/open-tab.ts'
import type { ScriptedServer } from '#parley/tests/helpers/scripted-server.ts'

/** Names of people whom no summary names: a summary holds 50 members. */

type Tab = Awaited<ReturnType<typeof online>>

const nameOf = (tab: Tab, id: string) => tab.client.user(id)?.displayName
const asked = (server: ScriptedServer) => server.calls.filter(call => call.startsWith('users '))

/** A page that shows somebody whom only a call for names knows. */
async function shown(id = 'zoe'): Promise<Tab> {
  const tab = await online()
  tab.client.user(id)
  await tab.clock.advance(100)
  expect(nameOf(tab, id)).toBe(id.toUpperCase())
  return tab
}

async function comeBack(tab: Tab): Promise<void> {
  tab.client.retryNow()
  await tab.clock.advance(2_000)
  expect(tab.client.connection().name).toBe('online')
}

describe('names of people (section 8)', () => {
  it('a name that changed while the connection was broken is asked for again, though nobody looks it up anew', async () => {
    const tab = await shown()
    tab.server.last.drop()
    tab.server.names.set('zoe', 'Zoe of the hills')
    await comeBack(tab)
    expect(tab.of('users').at(-1)?.users).toEqual([{ id: 'zoe', username: 'zoe', displayName: 'Zoe of the hills' }])
    expect(nameOf(tab, 'zoe')).toBe('Zoe of the hills')
  })

  it('whom the list of conversations has told is not asked for, and an unbroken connection asks nothing', async () => {
    const tab = await shown()
    await tab.client.refresh()
    expect(asked(tab.server)).toEqual(['users zoe'])
    tab.server.last.drop()
    await comeBack(tab)
    expect(asked(tab.server)).toEqual(['users zoe', 'users zoe'])
  })

  it('a call that fails is made again while the connection stands, and what was asked for in vain comes with the next list', async () => {
    const tab = await online()
    tab.server.reachable = false
    tab.client.user('yan')
    await tab.clock.advance(100)
    expect(nameOf(tab, 'yan')).toBeUndefined()
    tab.server.last.drop()
    tab.server.reachable = true
    tab.server.namesGate = tab.clock.advance(0).then(() => void (tab.server.reachable = false))
    await comeBack(tab)
    expect(nameOf(tab, 'yan')).toBeUndefined()
    tab.server.namesGate = undefined
    tab.server.reachable = true
    for (let second = 0; second < 31; second++) {
      await tab.clock.advance(1_000)
      tab.server.last.push({ type: 'ping' })
    }
    expect(nameOf(tab, 'yan')).toBe('YAN')
  })

  it('a frame that came while a call was under way is newer than its answer', async () => {
    const tab = await online()
    let open = () => {}
    tab.server.namesGate = new Promise(resolve => void (open = resolve))
    tab.client.user('zoe')
    await tab.clock.advance(100)
    tab.server.last.push({ type: 'user', user: { id: 'zoe', username: 'zoe', displayName: 'Zoe of the hills' } })
    open()
    await tab.clock.advance(100)
    expect(nameOf(tab, 'zoe')).toBe('Zoe of the hills')
  })
})
