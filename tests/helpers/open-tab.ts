import { expect } from 'vitest'
import { createChatClient } from '#parley/client/chat-client.ts'
import type { Change, MessageRow } from '#parley/client/types.ts'
import { FakeBrowser, fakeEnvironment } from '#parley/tests/helpers/fake-environment.ts'
import { me, ScriptedServer } from '#parley/tests/helpers/scripted-server.ts'

/** One tab with a chat client, and short ways to see what it shows. Conversation 'c' is meant where none is named. */
export function openTab(server: ScriptedServer, browser = new FakeBrowser()) {
  const environment = fakeEnvironment(server, { browser })
  const client = createChatClient({ account: me, environment, appname: 'test' })
  const changes: Change[] = []
  client.on(change => void changes.push(change))
  const of = <T extends Change['type']>(type: T) => changes.filter((change): change is Extract<Change, { type: T }> => change.type === type)
  const rows = (conversation = 'c') => client.timeline(conversation).rows.filter((row): row is MessageRow => row.kind === 'message')
  const bodies = (conversation = 'c') => rows(conversation).map(row => row.content?.type === 'text' ? row.content.text : '')
  const states = (conversation = 'c') => rows(conversation).filter(row => row.mine).map(row => row.state)
  return { server, environment, clock: environment.clock, browser, client, changes, of, rows, bodies, states }
}

/** A server with the one conversation 'c'. */
export function world(): ScriptedServer {
  const server = new ScriptedServer()
  server.conversation('c')
  return server
}

/** A tab that is online with 'c' on screen. */
export async function online(server = world(), browser = new FakeBrowser()) {
  const tab = openTab(server, browser)
  tab.client.start()
  await tab.clock.advance(100)
  expect(tab.client.connection().name).toBe('online')
  tab.client.open('c')
  await tab.clock.advance(100)
  return tab
}
