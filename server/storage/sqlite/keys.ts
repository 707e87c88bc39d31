/**
 * Rows of a log are clustered by one integer: the conversation's number and the seq. A page is then one range of one B-tree, and an
 * append touches no second index; both cost nearly the same with a thousand messages stored as with a million.
 */

/** 2^30 seqs leave 2^23 conversations within the integers that JavaScript has exactly. */
const seqBits = 30
export const seqSpan = 2 ** seqBits

/** @throws RangeError the log is full */
export function keyOf(conversation: number, seq: number): number {
  if (seq < 0 || seq >= seqSpan) throw new RangeError('seq out of range')
  return conversation * seqSpan + seq
}

export const seqOf = (key: number): number => key % seqSpan
export const conversationOf = (key: number): number => Math.floor(key / seqSpan)

/** A cid as 16 bytes instead of 36 characters: the index over them is the one large one. */
export const cidBytes = (cid: string): Buffer => Buffer.from(cid.replaceAll('-', ''), 'hex')

export function cidText(bytes: Uint8Array): string {
  return uuidText(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex'))
}

/** The same from 32 hexadecimal digits. */
export function uuidText(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
