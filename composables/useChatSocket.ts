import { computed, getCurrentScope, onScopeDispose, readonly, shallowReadonly, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { Content } from '#parley/shared/model.ts'
import type { Change, ChatClient, ConnectionState, SendOptions } from '#parley/client/types.ts'
import { useChatHost } from '#parley/composables/useChatHost.ts'

/** The three states that a page often wants: 0 no connection, 1 connected and welcomed, 2 connecting. */
export type ReadyState = 0 | 1 | 2

export interface ChatSocket {
  /** State of the connection; 'idle' while nobody is logged in and on the server. */
  state: Readonly<ShallowRef<ConnectionState>>
  /** `state` as 0, 1 or 2. */
  readyState: ComputedRef<ReadyState>
  /** Own ops that are neither acknowledged nor failed. */
  pending: Readonly<Ref<number>>
  /** Connects, or tries again at once when a retry is being waited for. */
  connect(): void
  /** Closes on purpose; nothing reconnects until `connect`. The outbox stays. */
  disconnect(): void
  /**
   * Sends a message; works without a connection, the outbox keeps it.
   * @returns its cid, or undefined when nobody is logged in
   */
  send(conversation: string, content: Content, options?: SendOptions): string | undefined
  /** Sends a failed message again. */
  retry(cid: string): void
  /** Drops a failed message. */
  discard(cid: string): void
  /**
   * Listens for one type of change, whichever account is logged in; `'message'` is what pages that show incoming messages want.
   * Ends with the calling scope.
   * @returns stops listening
   */
  on<T extends Change['type']>(type: T, listener: (change: Extract<Change, { type: T }>) => void): () => void
}

const idle: ConnectionState = { name: 'idle' }

export function readyStateOf(state: ConnectionState): ReadyState {
  if (state.name === 'online') return 1
  return state.name === 'connecting' ? 2 : 0
}

const isOfType = <T extends Change['type']>(change: Change, type: T): change is Extract<Change, { type: T }> => change.type === type

/**
 * The chat connection for any page or component. There is one socket per browser tab however often this is called; a caller only
 * looks at it, and what it registered goes with its scope.
 */
export function useChatSocket(): ChatSocket {
  const host = useChatHost()
  const state = shallowRef<ConnectionState>(idle)
  const pending = shallowRef(0)

  function show(client: ChatClient | undefined): void {
    state.value = client?.connection() ?? idle
    pending.value = client?.pending() ?? 0
  }

  function follow(follower: Parameters<typeof host.follow>[0]): () => void {
    const stop = host.follow(follower)
    if (getCurrentScope() !== undefined) onScopeDispose(stop)
    return stop
  }

  follow({
    begin: show,
    end: () => show(undefined),
    change(change) {
      if (change.type === 'connection') state.value = change.state
      else if (change.type === 'pending') pending.value = change.count
    },
  })

  return {
    state: shallowReadonly(state),
    readyState: computed(() => readyStateOf(state.value)),
    pending: readonly(pending),
    connect() {
      if (state.value.name === 'waiting') host.client.value?.retryNow()
      else host.client.value?.start()
    },
    disconnect: () => host.client.value?.stop(),
    send: (conversation, content, options) => host.client.value?.send(conversation, content, options).cid,
    retry: cid => host.client.value?.retry(cid),
    discard: cid => host.client.value?.discard(cid),
    on: (type, listener) => follow({
      change(change) {
        if (isOfType(change, type)) listener(change)
      },
    }),
  }
}
