import { expect, it } from 'vitest'
import type { ClientStorage } from '#parley/client/environment.ts'
import { settle } from '#parley/tests/helpers/fake-environment.ts'
import { online } from '#parley/tests/helpers/open-tab.ts'
import { text } from '#parley/tests/helpers/scripted-server.ts'

/** A tab online, and the transactions that its device is asked for from then on. */
async function watched() {
  const tab = await online()
  await tab.clock.advance(5_000)
  const { disk } = tab.browser
  const writes: { conversations: number, lists: number }[] = []
  const put = disk.putConversations.bind(disk)
  disk.putConversations = (...given: Parameters<ClientStorage['putConversations']>) => {
    writes.push({ conversations: given[0].length, lists: given[1]?.length ?? 0 })
    return put(...given)
  }
  const values: string[] = []
  const putValue = disk.putValue.bind(disk)
  disk.putValue = (account, key, value) => {
    values.push(key)
    return putValue(account, key, value)
  }
  const say = (count: number) => {
    for (let number = 0; number < count; number++) tab.server.last.push({ type: 'event', conversation: 'c', event: tab.server.commit('c', `${number}`) })
  }
  return { tab, writes, values, say }
}

it('1,000 messages a second are two transactions a second, and the list is in one of four', async () => {
  const { tab, writes, values, say } = await watched()
  for (let tenth = 0; tenth < 40; tenth++) {
    say(100)
    await tab.clock.advance(100)
  }
  await tab.clock.advance(2_500)
  expect(writes.length).toBeGreaterThanOrEqual(8)
  expect(writes.length).toBeLessThanOrEqual(11)
  expect(writes.filter(({ lists }) => lists > 0).length).toBeLessThanOrEqual(4)
  expect(writes.every(({ conversations }) => conversations <= 1)).toBe(true)
  expect(values).toEqual([])
  const kept = (await tab.browser.disk.value('me', 'conversations')) as { summaries: { head: number }[] }
  expect(kept.summaries[0]?.head).toBe(4_000)
})

it('what waits is written when the page goes away, rows and list in one transaction', async () => {
  const { tab, writes, say } = await watched()
  say(3)
  await tab.clock.advance(600)
  say(1)
  expect(writes).toHaveLength(1)
  tab.environment.signal('pagehide')
  await settle()
  expect(writes).toEqual([{ conversations: 1, lists: 1 }, { conversations: 1, lists: 1 }])
})

it('[F37] an own op goes to the disk at once and alone, whatever the caches gather', async () => {
  const { tab, writes, say } = await watched()
  say(50)
  const puts = tab.browser.disk.puts.length
  const { stored } = tab.client.send('c', text('mine'))
  await stored
  expect(tab.browser.disk.puts).toHaveLength(puts + 1)
  expect(writes).toEqual([])
})
