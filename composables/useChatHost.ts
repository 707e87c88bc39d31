import { shallowReadonly, shallowRef, type ShallowRef } from 'vue'
import type { Account } from '#parley/shared/model.ts'
import type { Change, ChatClient } from '#parley/client/types.ts'

/** What a slice of the interface does with the chat client of the moment. */
export interface ChatFollower {
  /** A client is there: at once when it already is. */
  begin?(client: ChatClient): void
  change?(change: Change, client: ChatClient): void
  /** The client is gone (log-out, another account). */
  end?(): void
}

/** Holds the one ChatClient of this browser app and outlives it: accounts come and go, followers stay. */
export interface ChatHost {
  readonly client: Readonly<ShallowRef<ChatClient | undefined>>
  /** Starts the client of an account; the running one of the same account is kept and told to connect again. */
  begin(account: Account): ChatClient
  /** Like `begin` with a client that someone else made: an embedding app, a test. Not started here. */
  adopt(client: ChatClient): void
  /**
   * Stops the client. With `erase`, everything this device keeps of the account goes too: deliberate log-out only, for a login that
   * merely ended keeps outbox and drafts (A5).
   */
  end(options: { erase: boolean }): Promise<void>
  /** @returns stops following */
  follow(follower: ChatFollower): () => void
}

/** @param make builds a client; it is not started yet */
export function createChatHost(make: (account: Account) => ChatClient): ChatHost {
  const client = shallowRef<ChatClient>()
  const followers = new Set<ChatFollower>()
  let stopListening: (() => void) | undefined

  function release(): ChatClient | undefined {
    const leaving = client.value
    stopListening?.()
    client.value = undefined
    if (leaving !== undefined) for (const follower of [...followers]) follower.end?.()
    return leaving
  }

  function adopt(next: ChatClient): void {
    release()?.dispose()
    client.value = next
    stopListening = next.on((change) => {
      for (const follower of [...followers]) follower.change?.(change, next)
    })
    for (const follower of [...followers]) follower.begin?.(next)
  }

  return {
    client: shallowReadonly(client),
    adopt,
    begin(account) {
      const running = client.value
      if (running?.account.id === account.id) {
        running.start()
        return running
      }
      const next = make(account)
      adopt(next)
      next.start()
      return next
    },
    async end({ erase }) {
      const leaving = release()
      if (leaving === undefined) return
      leaving.stop()
      if (erase) await leaving.erase()
      leaving.dispose()
    },
    follow(follower) {
      followers.add(follower)
      if (client.value !== undefined) follower.begin?.(client.value)
      return () => followers.delete(follower)
    },
  }
}

/** This app's chat host, from plugins/chat.client.ts and plugins/chat.server.ts. */
export function useChatHost(): ChatHost {
  const { $chat } = useNuxtApp() as { $chat?: ChatHost }
  if ($chat === undefined) throw new Error('no chat host was provided')
  return $chat
}
