import { computed, onScopeDispose, ref, watch, type ComputedRef } from 'vue'
import type { ConnectionState, WaitCause } from '#parley/client/types.ts'
import type { StoreStatus } from '#parley/shared/protocol/index.ts'

/** What the banner above a conversation has to say about the connection. */
export type ConnectionNotice
  = | { kind: 'connecting', pending: number }
    | { kind: 'waiting', cause: WaitCause, pending: number, retryAt: number }
    | { kind: 'signed-out', reason: Extract<ConnectionState, { name: 'signed-out' }>['reason'], pending: number }
    | { kind: 'closed', reason: Exclude<Extract<ConnectionState, { name: 'closed' }>['reason'], 'stopped'> }
    | { kind: 'store', status: Exclude<StoreStatus, 'ok'> }

/** U-L4: shorter interruptions mend themselves before anyone could read a banner. */
const patience = 2_000

/**
 * The notice of the moment, or undefined. Being without a connection is told only after 2 s and until the connection is welcomed
 * again: trying in between does not take the banner away (U-L4). What needs the user is told at once.
 */
export function useConnectionNotice(source: { state: () => ConnectionState, pending: () => number, store: () => StoreStatus }): ComputedRef<ConnectionNotice | undefined> {
  const late = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  const isDown = () => source.state().name === 'connecting' || source.state().name === 'waiting'
  function settle(down: boolean): void {
    clearTimeout(timer)
    late.value = false
    if (!down) return
    timer = setTimeout(() => {
      late.value = true
    }, patience)
  }
  if (import.meta.client) watch(isDown, settle, { immediate: true, flush: 'sync' })
  onScopeDispose(() => clearTimeout(timer))

  return computed(() => {
    const state = source.state()
    const store = source.store()
    switch (state.name) {
      case 'signed-out': return { kind: 'signed-out', reason: state.reason, pending: source.pending() }
      case 'closed': return state.reason === 'stopped' ? undefined : { kind: 'closed', reason: state.reason }
      case 'connecting': return late.value ? { kind: 'connecting', pending: source.pending() } : undefined
      case 'waiting': return late.value ? { kind: 'waiting', cause: state.cause, pending: source.pending(), retryAt: state.retryAt } : undefined
      case 'online': return store === 'ok' ? undefined : { kind: 'store', status: store }
      case 'idle': return undefined
    }
  })
}
