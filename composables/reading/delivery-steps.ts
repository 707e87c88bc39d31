import type { ConnectionState, MessageRow, UploadState, WaitCause } from '#parley/client/types.ts'
import type { ReceiptsResponse } from '#parley/shared/http.ts'
import type { StoreStatus } from '#parley/shared/protocol/index.ts'

/** The way of an own message, one station after the other; it never goes back but from `sent`, when the link is lost (U-D1). */
export const deliverySteps = ['queued', 'sent', 'stored', 'delivered', 'read'] as const
export type DeliveryStepName = (typeof deliverySteps)[number]

/** Why a message waits where it is. */
export type DeliveryReason
  = | { kind: 'upload', state: UploadState }
    | { kind: 'offline', cause: WaitCause, retryAt: number }
    | { kind: 'connecting' | 'disconnected' | 'turn' }
    | { kind: 'store', status: Exclude<StoreStatus, 'ok'> }

export interface DeliveryStep {
  name: DeliveryStepName
  /** `partly`: some of the members. */
  done: 'no' | 'partly' | 'yes'
  /** Ms since 1970: of the last one whom it needed, when all are there. */
  at?: number
  /** How many of how many. */
  count?: { of: number, reached: number }
  reason?: DeliveryReason
}

export interface DeliverySource {
  row: Pick<MessageRow, 'seq' | 'at' | 'state'>
  connection: ConnectionState
  upload: UploadState | undefined
  store: StoreStatus
  receipts: ReceiptsResponse | undefined
}

function queuedReason({ connection, upload }: DeliverySource): DeliveryReason {
  if (upload !== undefined && upload.name !== 'uploaded' && upload.name !== 'waiting') return { kind: 'upload', state: upload }
  switch (connection.name) {
    case 'waiting': return { kind: 'offline', cause: connection.cause, retryAt: connection.retryAt }
    case 'connecting': return { kind: 'connecting' }
    case 'online': return upload?.name === 'waiting' ? { kind: 'upload', state: upload } : { kind: 'turn' }
    default: return { kind: 'disconnected' }
  }
}

/** A time that stands for all: known only when each of them is. */
function lastOf(times: readonly (number | undefined)[]): number | undefined {
  return times.length === 0 || times.includes(undefined) ? undefined : Math.max(...times as number[])
}

function reached(name: 'delivered' | 'read', { receipts }: DeliverySource): DeliveryStep {
  if (receipts === undefined) return { name, done: 'no' }
  const { members, [name]: count, people = [] } = receipts
  const done = members > 0 && count >= members ? 'yes' : count > 0 ? 'partly' : 'no'
  const at = done === 'yes' && people.length === members ? lastOf(people.map(person => name === 'read' ? person.readAt : person.deliveredAt)) : undefined
  return { name, done, count: { of: members, reached: count }, ...(at === undefined ? {} : { at }) }
}

/** The stations of a message and how far it is, with the reason where it waits. */
export function stepsOf(source: DeliverySource): DeliveryStep[] {
  const { row, store } = source
  const stored = row.seq !== undefined
  // What the server refused had reached it; a file that was not taken kept its message here.
  const sent = stored || row.state === 'sending' || (row.state === 'failed' && source.upload === undefined)
  const waits = sent || row.state === 'failed' ? undefined : queuedReason(source)
  return [
    { name: 'queued', done: 'yes', ...(stored ? {} : { at: row.at }), ...(waits === undefined ? {} : { reason: waits }) },
    { name: 'sent', done: sent ? 'yes' : 'no', ...(sent && !stored && store !== 'ok' ? { reason: { kind: 'store', status: store } } : {}) },
    { name: 'stored', done: stored ? 'yes' : 'no', ...(stored ? { at: row.at } : {}) },
    ...(stored ? [reached('delivered', source), reached('read', source)] : [{ name: 'delivered', done: 'no' } as const, { name: 'read', done: 'no' } as const]),
  ]
}
