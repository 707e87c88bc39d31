import type { StoredOp } from '#parley/client/environment.ts'
import type { FailureCode } from '#parley/client/types.ts'
import { isCid } from '#parley/shared/cid.ts'
import { encodeFrame, limits, rejectCodes, utf8Length } from '#parley/shared/protocol/index.ts'
import type { Op } from '#parley/shared/protocol/index.ts'

/** The two forms of an op: as it lies on the device, and as it goes over the wire. */

export function toStored(account: string, op: Op, madeAt: number, failure: FailureCode | undefined): Omit<StoredOp, 'order'> {
  const { cid, conversation, ...rest } = op
  return { account, cid, conversation, op: rest, madeAt, ...(failure === undefined ? {} : { failure }) }
}

const isSeq = Number.isSafeInteger
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

function isOp(value: Record<string, unknown>): value is Op & Record<string, unknown> {
  const { type, cid, conversation, target, content, emoji, on } = value
  if (!isCid(cid) || typeof conversation !== 'string') return false
  switch (type) {
    case 'send': return isObject(content)
    case 'edit': return isSeq(target) && isObject(content)
    case 'delete': return isSeq(target)
    case 'react': return isSeq(target) && typeof emoji === 'string' && typeof on === 'boolean'
    default: return false
  }
}

/** The op of a stored row, or undefined when the row is damaged: a device's disk is not to be trusted blindly. */
export function fromStored(stored: StoredOp): Op | undefined {
  const op = { ...stored.op, cid: stored.cid, conversation: stored.conversation }
  return isOp(op) ? op : undefined
}

export const failureCode = (code: string): FailureCode => rejectCodes.find(known => known === code) ?? 'bad_content'

/** An op that no message can carry (T4): the client fails it itself, since the server would close the connection over it. */
export const isOversize = (op: Op): boolean => utf8Length(encodeFrame(op)) > limits.clientMessageBytes
