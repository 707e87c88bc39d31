import { useChatHost, type ChatHost } from '#parley/composables/useChatHost.ts'
import { createStubChatClient, type StubChatClient, type StubWorld } from '#parley/tests/helpers/stub-chat-client.ts'

/** Gives the app under test a stub client, as an embedding app would give its own. */
export function adoptStub(world: StubWorld = {}): StubChatClient {
  const stub = createStubChatClient(world)
  host().adopt(stub)
  return stub
}

export function host(): ChatHost {
  return useChatHost()
}
